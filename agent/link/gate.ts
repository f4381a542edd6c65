import { hash } from 'node:crypto'
import type { Logger } from 'pino'
import type { Static, TSchema } from 'typebox'
import { canonical } from '../../protocol/canonical.ts'
import { maxBodyBytes } from '../../protocol/envelope.ts'
import { fits } from '../../protocol/fits.ts'
import { CancelMessage, CommandMessage, DesiredMessage } from '../../protocol/messages.ts'
import { textOf } from '../../protocol/signed-messages.ts'
import type { Signature } from '../../protocol/signing.ts'
import type { ParsedTopic, TopicKind } from '../../protocol/topics.ts'
import type { Verifier } from '../identity/verifier.ts'
import type { Refusals } from './refusals.ts'

/*
 * INVARIANTS
 * 1. Nothing passes that is not signed by the fleet for this terminal, every member that has a meaning included; what
 *    does not pass has no effect and no answer: an answer could settle the command that it pretends to be.
 * 2. Messages pass in the order in which they came, also while a key is asked for that is not known yet.
 */

/** Where messages go that are proved to be the fleet's and for this terminal. None may throw. */
export interface Passed {
  command(message: CommandMessage): void
  cancel(message: CancelMessage): void
  desired(message: DesiredMessage): void
}

export interface GateParts {
  /** The id by which the fleet knows this terminal. */
  readonly device: () => string | undefined
  readonly verifier: Verifier
  readonly passed: Passed
  readonly refusals: Pick<Refusals, 'count'>
  readonly logger: Logger
}

/** What comes from the broker comes through here. */
export interface Gate {
  /** A message below `dn/`. Never throws. */
  received(topic: ParsedTopic, payload: Uint8Array): void
}

/** The kinds of messages that mean something to a terminal. A probe means nothing: it is acknowledged, and that is all. */
const judged: ReadonlySet<TopicKind> = new Set(['command', 'cancel', 'desired'])

/** What waits for a key may take so much memory; the fleet says again what finds no room. */
const maxWaitingBytes = 1024 * 1024

const sha256 = (text: string): string => hash('sha256', text)

/** A message that can be proved, and what becomes of it then. */
interface Claim {
  readonly text: string
  readonly signature: Signature | undefined
  readonly pass: () => void
}

const read = <T extends TSchema>(schema: T, payload: Uint8Array): Static<T> | undefined => {
  if (payload.length > maxBodyBytes) return undefined
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8')
  const message: unknown = JSON.parse(text)
  return fits(schema, message) ? message : undefined
}

/** The gate of one terminal. */
export const createGate = (parts: GateParts): Gate => {
  const { device, verifier, passed, refusals, logger } = parts
  let waitingBytes = 0
  let last: Promise<void> = Promise.resolve()

  /** Throws, or gives nothing, for what is no message. */
  const claimOf = ({ kind, command: id }: ParsedTopic, payload: Uint8Array): Claim | undefined => {
    const terminal = device()
    if (terminal === undefined) return undefined
    if (kind === 'command') {
      const message = read(CommandMessage, payload)
      if (message?.id !== id || !message) return undefined
      const { signature } = message
      return {
        text: textOf.command(terminal, message, sha256),
        signature,
        pass: () => passed.command(message),
      }
    }
    if (kind === 'cancel') {
      const message = read(CancelMessage, payload)
      if (message?.id !== id || !message) return undefined
      const { signature } = message
      return { text: textOf.cancel(terminal, message), signature, pass: () => passed.cancel(message) }
    }
    const message = kind === 'desired' ? read(DesiredMessage, payload) : undefined
    if (!message || sha256(canonical(message.config)) !== message.hash) return undefined
    const { signature } = message
    return { text: textOf.desired(terminal, message), signature, pass: () => passed.desired(message) }
  }
  const claimed = (topic: ParsedTopic, payload: Uint8Array) => {
    try {
      return claimOf(topic, payload)
    } catch {
      return undefined
    }
  }
  const judge = async (kind: string, text: string, signature: Signature, pass: () => void) => {
    if (await verifier.verify(text, signature)) pass()
    else refusals.count(kind, 'unproven')
  }

  return {
    received(topic, payload) {
      const { kind } = topic
      if (!judged.has(kind)) return
      const claim = claimed(topic, payload)
      if (!claim) return refusals.count(kind, 'malformed')
      const { text, signature, pass } = claim
      if (!signature) return refusals.count(kind, 'unsigned')
      const bytes = payload.length
      if (waitingBytes + bytes > maxWaitingBytes) return logger.warn({ kind }, 'a message found no room')
      waitingBytes += bytes
      last = last
        .then(() => judge(kind, text, signature, pass))
        .catch((error: unknown) => logger.error({ error, kind }, 'a message could not be taken in'))
        .finally(() => {
          waitingBytes -= bytes
        })
    },
  }
}
