import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { type Actor, type ActorSession, may } from '../auth/actor.ts'
import { backgroundHeader } from '../auth/background.ts'
import { type Permission, permissions } from '../auth/permissions.ts'
import { ProblemError } from '../problem.ts'
import type { Debt } from '../store/schema.ts'
import { bearerOf, comesFromElsewhere, comesFromHere, secretOf } from './credentials.ts'
import type { ApiParts } from './ports.ts'
import { mustSeePlace, placeOf, type Scope } from './scope.ts'
import { isHere } from './site.ts'

/** What a route says about who may use it. */
export interface RouteRight {
  /** Anyone may ask. */
  open?: boolean
  /** What the caller must be allowed; the table of rights says who is. */
  permission?: Permission
  /** Only for a person who proved lately who they are. */
  confirmed?: boolean
  /**
   * The route itself keeps to the villages of whoever asks, or tells of none. Without it, and where the path does not
   * begin with a terminal, a command or an artefact, only those may ask who see all villages.
   */
  heedsVillages?: boolean
  /** A program on this machine itself needs no token. */
  openHere?: boolean
  /** Browsers ask it again by themselves, so it keeps no idle session alive. */
  background?: boolean
  /** What is read here is personal, so the audit hears who read it; of every change it hears anyway. */
  personal?: boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, once the door has looked. */
    actor: Actor | null
  }
  interface FastifyInstance {
    /** Every route of the API with who may use it. */
    readonly rights: (RouteRight & { readonly method: string; readonly url: string })[]
  }
  interface FastifyContextConfig extends RouteRight {}
}

/** How long a proof of who sits there counts, in milliseconds. */
export const confirmedForMs = 10 * 60_000

const changes = (request: FastifyRequest): boolean => request.method !== 'GET' && request.method !== 'HEAD'

/** Whether a person asked, and not a page by itself. */
const isUse = (request: FastifyRequest): boolean =>
  changes(request) ||
  (request.routeOptions.config.background !== true && request.headers[backgroundHeader] === undefined)

const debts: Readonly<Record<Debt, () => ProblemError>> = {
  code: () => new ProblemError('not-signed-in', 'The second factor is missing'),
  password: () => new ProblemError('password-outdated', 'Choose a new password first'),
  'second-factor': () => new ProblemError('second-factor-missing', 'Set up a second factor first'),
}

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
 * rights allows, and no further than their villages.
 */
export const guard = (app: FastifyInstance, parts: ApiParts, scope: Scope): void => {
  const { sessions, tokens } = parts.auth
  app.addHook('onRoute', (route) => {
    refuseUndeclared(route)
    for (const method of [route.method].flat()) app.rights.push({ method, url: route.url, ...route.config })
  })

  app.addHook('onRequest', async (request) => {
    const bearer = bearerOf(request)
    const secret = secretOf(request, parts.publicUrl)
    if (bearer !== undefined) request.actor = (await tokens.actor(bearer)) ?? null
    else if (secret !== undefined)
      request.actor = (await sessions.actor(secret, { counts: isUse(request) })) ?? null
    const { actor } = request
    const { open, permission, confirmed, heedsVillages, openHere } = request.routeOptions.config
    if (bearer === undefined && changes(request) && comesFromElsewhere(request, parts.publicUrl)) {
      throw new ProblemError('not-allowed', 'The request does not come from a page of this fleet')
    }
    if (open || permission === undefined) return
    if (openHere && bearer === undefined && isHere(request, parts)) return
    if (!actor) throw new ProblemError('not-signed-in', 'A session or a bearer token is needed')
    // A cookie goes along whoever made the request, so the browser has to vouch for the page.
    if (actor.by === 'session' && changes(request) && !comesFromHere(request, parts.publicUrl)) {
      throw new ProblemError('not-allowed', 'The request does not come from a page of this fleet')
    }
    const owes = actor.session?.owes ?? null
    if (owes !== null && !permission.startsWith('account.')) throw debts[owes]()
    if (!may(actor, permission)) throw new ProblemError('not-allowed', `This needs the right ${permission}`)
    const path = request.routeOptions.url?.replace(/^\/api\/v1/, '') ?? ''
    if (actor.villages !== null && heedsVillages !== true && placeOf(path) === undefined) {
      throw new ProblemError('not-allowed', 'This is for those who see all villages')
    }
    if (confirmed && parts.clock.now() - sessionOf(request).confirmedAt > confirmedForMs) {
      throw new ProblemError('confirm-needed', 'Give the password once more')
    }
  })

  // After the check of the path, so that a malformed id is told from a foreign one.
  app.addHook('preHandler', async (request) => {
    if (request.actor && !request.routeOptions.config.open) await mustSeePlace(scope, request.actor, request)
  })
}

/** Asks again whether whoever made this request may still do the same; it does not count as a use of the session. */
export const stillAllowed =
  (request: FastifyRequest, { auth, publicUrl }: Pick<ApiParts, 'auth' | 'publicUrl'>) =>
  async (): Promise<boolean> => {
    const bearer = bearerOf(request)
    const secret = secretOf(request, publicUrl) ?? ''
    const now =
      bearer === undefined
        ? await auth.sessions.actor(secret, { counts: false })
        : await auth.tokens.actor(bearer)
    const rightsOf = (actor: Actor | null | undefined) =>
      JSON.stringify([actor?.id, actor?.role, actor?.villages, actor?.scopes])
    return now !== undefined && rightsOf(now) === rightsOf(request.actor)
  }

/** Who asks, on routes that are not open. */
export const actorOf = (request: FastifyRequest): Actor => {
  if (!request.actor) throw new ProblemError('not-signed-in', 'A session or a bearer token is needed')
  return request.actor
}

/** The session of the person who asks; programs have none. */
export const sessionOf = (request: FastifyRequest): ActorSession => {
  const { session } = actorOf(request)
  if (!session) throw new ProblemError('not-allowed', 'This is for people, not for programs')
  return session
}
