import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { codeLifeMs, sessionLifeMs } from '../auth/sessions.ts'
import type { Debt } from '../store/schema.ts'
import { isSecure } from './site.ts'

/** The bearer token of a request (RFC 6750). */
export const bearerOf = (request: FastifyRequest): string | undefined => {
  const { authorization } = request.headers
  // Whoever sends the header means it: a wrong one does not fall back to a cookie.
  return authorization === undefined ? undefined : (/^Bearer ([\w-]{1,200})$/i.exec(authorization)?.[1] ?? '')
}

/** `__Host-`: the browser takes it by TLS alone, and from this host alone (RFC 6265bis 4.1.3.2). */
const cookieName = (secure: boolean): string => (secure ? '__Host-avyl_session' : 'avyl_session')

/** The secret in the session's cookie. */
export const secretOf = (request: FastifyRequest, publicUrl: string | undefined): string | undefined =>
  request.cookies[cookieName(isSecure(request, publicUrl))]

const attributes = (secure: boolean): CookieSerializeOptions => ({
  path: '/',
  httpOnly: true,
  sameSite: 'strict',
  secure,
})

/** Gives the browser the secret of a session. */
export const setSecret = (
  reply: FastifyReply,
  publicUrl: string | undefined,
  secret: string,
  owes: Debt | null = null,
): void => {
  const secure = isSecure(reply.request, publicUrl)
  const maxAge = (owes === 'code' ? codeLifeMs : sessionLifeMs) / 1000
  reply.setCookie(cookieName(secure), secret, { ...attributes(secure), maxAge })
}

/** Takes it back. */
export const clearSecret = (reply: FastifyReply, publicUrl: string | undefined): void => {
  const secure = isSecure(reply.request, publicUrl)
  reply.clearCookie(cookieName(secure), attributes(secure))
}

const ourHosts = (request: FastifyRequest, publicUrl: string | undefined): string[] =>
  publicUrl === undefined ? [request.host] : [request.host, new URL(publicUrl).host]

/**
 * Whether the browser says that a page of another origin made this request. Browsers send `Sec-Fetch-Site` (Fetch
 * Metadata), older ones at least `Origin` with every request that changes something.
 */
export const comesFromElsewhere = (request: FastifyRequest, publicUrl?: string): boolean => {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin'
  const { origin } = request.headers
  if (origin === undefined) return false
  return !URL.canParse(origin) || !ourHosts(request, publicUrl).includes(new URL(origin).host)
}

/** Whether the browser says that a page of our own made this request. */
export const comesFromHere = (request: FastifyRequest, publicUrl?: string): boolean =>
  (request.headers['sec-fetch-site'] !== undefined || request.headers.origin !== undefined) &&
  !comesFromElsewhere(request, publicUrl)
