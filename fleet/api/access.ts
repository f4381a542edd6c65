import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { Actor } from '../auth/actor.ts'
import { type Permission, permissions } from '../auth/permissions.ts'
import type { Sessions } from '../auth/sessions.ts'
import type { Tokens } from '../auth/tokens.ts'
import { ProblemError } from '../problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, once the door has looked. */
    actor: Actor | null
  }
  interface FastifyContextConfig {
    /** Anyone may ask. */
    open?: boolean
    /** What the caller must be allowed; the table of rights says who is. */
    permission?: Permission
  }
}

/** The cookie that holds the secret of a session. */
export const sessionCookie = 'avyl_session'

const changes = (request: FastifyRequest): boolean => request.method !== 'GET' && request.method !== 'HEAD'

/**
 * Whether the browser says that a page of another origin made this request. Browsers send `Sec-Fetch-Site` (Fetch
 * Metadata), older ones at least `Origin` with every request that changes something.
 */
export const comesFromElsewhere = (request: FastifyRequest): boolean => {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin'
  const { origin } = request.headers
  if (origin === undefined) return false
  return !URL.canParse(origin) || new URL(origin).host !== request.host
}

/** Whether the browser says that a page of our own made this request. */
const comesFromHere = (request: FastifyRequest): boolean =>
  (request.headers['sec-fetch-site'] !== undefined || request.headers.origin !== undefined) &&
  !comesFromElsewhere(request)

const allows = (actor: Actor, permission: Permission | undefined): boolean =>
  permission !== undefined && (permissions[permission] as readonly string[]).includes(actor.role)

/** A route of which nobody said who may use it does not come to life. */
const refuseUndeclared = ({ method, url, config }: RouteOptions): void => {
  const { open, permission } = config ?? {}
  if (open === true ? permission === undefined : permission !== undefined && permission in permissions) return
  throw new Error(
    `The route ${method} ${url} does not say who may use it. Add \`config: { permission: '…' }\` with a name of the ` +
      'table in fleet/auth/permissions.ts (add a line where none fits), or `config: { open: true }` for anyone.',
  )
}

/**
 * Lets in programs by their bearer token (RFC 6750) and people by their session's cookie, each to what the table of
 * rights allows.
 */
export const guard = (app: FastifyInstance, sessions: Sessions, tokens: Tokens): void => {
  app.decorateRequest('actor', null)
  app.addHook('onRoute', refuseUndeclared)
  app.addHook('onRequest', async (request) => {
    const bearer = /^Bearer ([\w-]{1,200})$/i.exec(request.headers.authorization ?? '')?.[1]
    const secret = request.cookies[sessionCookie]
    if (bearer !== undefined) request.actor = (await tokens.actor(bearer)) ?? null
    else if (secret !== undefined && request.headers.authorization === undefined) {
      request.actor = (await sessions.actor(secret)) ?? null
    }
    const { open, permission } = request.routeOptions.config
    if (open) return
    if (!request.actor) throw new ProblemError('not-signed-in', 'A session or a bearer token is needed')
    // A cookie goes along whoever made the request, so the browser has to vouch for the page.
    if (request.actor.by === 'session' && changes(request) && !comesFromHere(request)) {
      throw new ProblemError('not-allowed', 'The request does not come from a page of this fleet')
    }
    if (!allows(request.actor, permission)) {
      throw new ProblemError('not-allowed', `This needs the right ${permission}`)
    }
  })
}

/** Who asks, on routes that are not open. */
export const actorOf = (request: FastifyRequest): Actor => {
  if (!request.actor) throw new ProblemError('not-signed-in', 'A session or a bearer token is needed')
  return request.actor
}
