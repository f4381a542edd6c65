import type { FastifyRequest } from 'fastify'
import type { Site } from '../auth/passkeys.ts'
import { isLoopback } from '../host.ts'
import { ProblemError } from '../problem.ts'
import type { ApiParts } from './ports.ts'

/** Whether browsers reach this fleet by TLS, through a proxy in front or not. */
export const isSecure = (request: FastifyRequest, publicUrl: string | undefined): boolean =>
  publicUrl === undefined ? request.protocol === 'https' : publicUrl.startsWith('https:')

/**
 * The site that passkeys are bound to: the configured one, else `localhost` as the browser names it. A host that only
 * the request names is not believed. Throws `ProblemError` `not-ready` where there is none.
 */
export const siteOf = (request: FastifyRequest, publicUrl: string | undefined): Site => {
  if (publicUrl !== undefined) return { host: new URL(publicUrl).hostname, origin: publicUrl }
  if (request.hostname === 'localhost') {
    return { host: 'localhost', origin: `${request.protocol}://${request.host}` }
  }
  throw new ProblemError('not-ready', 'Passkeys need the public address of the fleet to be configured')
}

const passedOn = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']

/**
 * Whether a program on this machine asks. A proxy stands on it too and speaks for others: where one may stand in front,
 * by the set-up or by what the request says, nobody is here.
 */
export const isHere = (
  { socket, headers }: FastifyRequest,
  { behindProxy = false, publicUrl }: Pick<ApiParts, 'behindProxy' | 'publicUrl'>,
): boolean =>
  !behindProxy &&
  publicUrl === undefined &&
  isLoopback(socket.remoteAddress ?? '') &&
  passedOn.every((name) => headers[name] === undefined)
