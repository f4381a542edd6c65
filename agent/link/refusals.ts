import type { Logger } from 'pino'
import { uuidv7 } from '../../protocol/uuid.ts'
import type { Clock } from './clock.ts'
import type { Outbox } from './outbox.ts'

/** What was wrong with a message: it is none, bears no signature, or bears one that does not prove it. */
export type RefusalReason = 'malformed' | 'unsigned' | 'unproven'

/** Tells operators of messages that had no effect, without letting whoever sends them fill line and disk. */
export interface Refusals {
  count(kind: string, reason: RefusalReason): void
  /** Tells what was not told yet. */
  stop(): void
}

/** The first one is told at once, those that follow it so soon are told together. */
const everyMs = 10 * 60_000

/** The refusals of one terminal; an event carries how many there were, and what the last one was. */
export const createRefusals = (parts: {
  readonly outbox: Pick<Outbox, 'put'>
  readonly clock: Clock
  readonly logger: Logger
}): Refusals => {
  const { outbox, clock, logger } = parts
  let count = 0
  let last: { readonly kind: string; readonly reason: RefusalReason } | undefined
  let timer: NodeJS.Timeout | undefined

  const tell = () => {
    timer = undefined
    if (!last) return
    const data = { ...last, count }
    count = 0
    last = undefined
    logger.warn(data, 'messages were refused')
    outbox.put('event', { id: uuidv7(), type: 'message-refused', at: clock.now(), data })
    timer = setTimeout(tell, everyMs).unref()
  }
  return {
    count(kind, reason) {
      count += 1
      last = { kind, reason }
      if (!timer) tell()
    },
    stop() {
      clearTimeout(timer)
      tell()
      clearTimeout(timer)
    },
  }
}
