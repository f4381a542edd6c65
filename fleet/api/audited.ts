import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { Audit } from '../audit/audit.ts'
import type { Act } from '../audit/entry.ts'
import { RateLimit } from '../broker/rate-limit.ts'

/** What the audit is told of a request beside what every request says of itself. */
export interface AuditNote {
  /** Who it turned out to be, where the request itself made somebody known. */
  actor?: string
  subject?: string | undefined
  about?: string | undefined
  /** The entry with which the act began. */
  began?: number
  /** Whether the entry of the outcome is written, or was tried. */
  told?: boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a request that the audit hears of. */
    audited: AuditNote | null
  }
}

/** Refusals of whoever is nobody to the fleet: some stand for all of a flood, so that it fills no disk. */
const strangers = { perSecond: 1, burst: 100 }

const isAct = ({ method, routeOptions }: FastifyRequest): boolean =>
  (method !== 'GET' && method !== 'HEAD') || routeOptions.config.personal === true

/** The note on a request that the audit hears of. */
const begin = (request: FastifyRequest): AuditNote | null => {
  if (isAct(request)) request.audited ??= {}
  return request.audited
}

const actionOf = ({ method, routeOptions }: FastifyRequest): string => {
  const { operationId } = (routeOptions.schema ?? {}) as { operationId?: string }
  return operationId ?? `${method} ${routeOptions.url}`
}

/** The thing that the path is about: its first parameter. */
const subjectOf = ({ params }: FastifyRequest): string | undefined => {
  const [first] = Object.values((params ?? {}) as Record<string, unknown>)
  return typeof first === 'string' && first !== '' ? first : undefined
}

const done = 'done'

const outcomeOf = ({ statusCode, problem }: FastifyReply): string =>
  statusCode < 400 ? done : (problem ?? String(statusCode))

/** The id of what was made, where the answer names it. */
const madeIn = (payload: unknown): string | undefined => {
  const { id, name } = (payload ?? {}) as { readonly id?: unknown; readonly name?: unknown }
  return [id, name].find((one) => typeof one === 'string')
}

/** Adds to what the audit says of a request. */
export const noteOf = (
  request: FastifyRequest,
  more: Pick<AuditNote, 'actor' | 'subject' | 'about'>,
): void => {
  if (request.audited) Object.assign(request.audited, more)
}

/**
 * Writes every act into the audit.
 *
 * INVARIANT: no act begins before the store has its entry `begun`, and no answer to it leaves before the store has its
 * outcome. What cannot be written is not done, or is answered as an error while its `begun` stays without an outcome. What
 * is refused before it begins has an entry of its own.
 */
export const auditActs = (app: FastifyInstance, audit: Audit, log: Logger): void => {
  const refusals = new RateLimit(strangers)
  let unwritten = 0

  const actOf = (request: FastifyRequest, note: AuditNote, outcome: string): Act => {
    const { actor } = request
    const who = { actor: note.actor ?? actor?.id ?? 'nobody', by: actor?.by ?? 'nobody' } as const
    const { subject, about, began } = note
    return { ...who, action: actionOf(request), outcome, subject, about, began }
  }
  const tell = async (request: FastifyRequest, outcome: string): Promise<void> => {
    const note = begin(request)
    if (!note || note.told) return
    // An answer that says that something failed is not held back; it would fail again.
    note.told = true
    if (note.began === undefined && !request.actor) {
      if (refusals.take('') > 0) {
        unwritten += 1
        return
      }
      if (unwritten > 0) note.about = `${unwritten} more before it`
      unwritten = 0
    }
    try {
      await audit.write(actOf(request, note, outcome))
    } catch (error) {
      if (outcome === done) throw error
      log.error({ err: error, outcome }, 'the outcome of an act was not audited')
    }
  }

  app.decorateRequest('audited', null)
  app.addHook('preHandler', async (request, reply) => {
    const note = begin(request)
    if (!note) return
    // A stream of events has taken over its answer: its end is the outcome, also where its reader just leaves.
    reply.raw.once('close', () => {
      if (!reply.sent) return
      tell(request, outcomeOf(reply)).catch((error: unknown) =>
        log.error({ err: error }, 'the end of an act was not audited'),
      )
    })
    note.subject ??= subjectOf(request)
    note.began = (await audit.write(actOf(request, note, 'begun'))).number
  })
  app.addHook('preSerialization', async (request, reply, payload) => {
    if (request.audited && reply.statusCode < 300) request.audited.subject ??= madeIn(payload)
    return payload
  })
  app.addHook('onSend', async (request, reply) => {
    // Of a stranger a path is not written down: it may be anything.
    const note = begin(request)
    if (note && request.actor) note.subject ??= subjectOf(request)
    await tell(request, outcomeOf(reply))
  })
}
