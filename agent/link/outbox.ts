import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { maxBodyBytes } from '../../protocol/envelope.ts'
import type { Database } from '../database.ts'
import { createBackoff } from './backoff.ts'
import type { Line, Unstamped } from './line.ts'

/** What may wait for the line. */
type Kept = 'event' | 'telemetry'

/**
 * What has to survive a lost line, on the disk and in order. INVARIANTS: an event is removed only when the fleet has
 * it (it stores before it acknowledges); when there is no room, telemetry goes first, the oldest before the newer.
 */
export interface Outbox {
  put<K extends Kept>(kind: K, body: Unstamped<K>): void
  /** Sends while the signal lets it. */
  keepSending(signal: AbortSignal): Promise<void>
  /** How many wait. */
  readonly waiting: number
}

/** The bounds of an outbox, and its pace: at most `burst` at once, then one in `paceMs`. */
export interface OutboxLimits {
  readonly count?: number
  readonly bytes?: number
  readonly burst?: number
  readonly paceMs?: number
  /** The first wait after one was not taken, in milliseconds. */
  readonly retryMs?: number
}

/** One that the fleet refused so often stands in the way of all others. */
const maxTries = 8

/** An outbox in `database`. */
export const createOutbox = (
  database: Database,
  line: Line,
  logger: Logger,
  limits: OutboxLimits = {},
): Outbox => {
  const { count = 10_000, bytes = 20 * 1024 * 1024, burst = 20, paceMs = 200, retryMs = 1000 } = limits
  const { sql } = database
  sql.exec(`CREATE TABLE IF NOT EXISTS outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, body TEXT NOT NULL, bytes INTEGER NOT NULL
  ) STRICT`)
  const insert = sql.prepare('INSERT INTO outbox (kind, body, bytes) VALUES (?, ?, ?)')
  const total = sql.prepare('SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes FROM outbox')
  const first = sql.prepare('SELECT number, kind, body FROM outbox ORDER BY number LIMIT 1')
  const remove = sql.prepare('DELETE FROM outbox WHERE number = ?')
  const dropOldest = sql.prepare(
    `DELETE FROM outbox WHERE number = (SELECT number FROM outbox ORDER BY kind = 'event', number LIMIT 1)`,
  )
  let wake = Promise.withResolvers<void>()
  const held = { count: 0, bytes: 0 }
  const measure = () => {
    const row = total.get()
    held.count = Number(row?.count)
    held.bytes = Number(row?.bytes)
  }
  measure()

  const sendFirst = async (signal: AbortSignal) => {
    const row = first.get()
    if (!row) return false
    const backoff = createBackoff({ base: retryMs })
    for (let tries = 1; ; tries++) {
      await line.up(signal)
      try {
        await line.send(row.kind as Kept, JSON.parse(String(row.body)))
        break
      } catch (error) {
        if (tries >= maxTries) {
          logger.error({ error, kind: row.kind }, 'the fleet does not take this: it is dropped')
          break
        }
        await backoff.wait(signal)
      }
    }
    database.unflushed(() => remove.run(Number(row.number)))
    measure()
    return true
  }

  return {
    put(kind, body) {
      const text = JSON.stringify(body)
      const size = Buffer.byteLength(text)
      if (size > maxBodyBytes - 512) throw new RangeError(`A body of ${kind} is too large`)
      const write = () => insert.run(kind, text, size)
      if (kind === 'event') write()
      else database.unflushed(write)
      for (measure(); held.count > count || held.bytes > bytes; measure())
        database.unflushed(() => dropOldest.run())
      wake.resolve()
    },
    async keepSending(signal) {
      let tokens = burst
      let last = performance.now()
      while (!signal.aborted) {
        wake = Promise.withResolvers()
        try {
          const now = performance.now()
          tokens = Math.min(burst, tokens + (now - last) / paceMs)
          last = now
          if (held.count === 0) {
            await Promise.race([wake.promise, sleep(60_000, undefined, { signal, ref: false })])
          } else if (tokens < 1) {
            await sleep(paceMs, undefined, { signal })
          } else if (await sendFirst(signal)) tokens -= 1
        } catch (error) {
          if (!signal.aborted) {
            logger.error({ error }, 'the outbox met a fault')
            await sleep(1000, undefined, { signal }).catch(() => {})
          }
        }
      }
    },
    get waiting() {
      return held.count
    },
  }
}
