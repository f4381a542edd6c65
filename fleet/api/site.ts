import type { FastifyRequest } from 'fastify'
import type { Site } from '../auth/passkeys.ts'
import { ProblemError } from '../problem.ts'

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
