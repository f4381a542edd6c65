import type { SQLOutputValue } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { maxBodyBytes } from '../../protocol/envelope.ts'
import type { Database } from '../database.ts'
import { pause } from '../pause.ts'
import { createBackoff } from './backoff.ts'
import { type Line, LineDown, type Unstamped } from './line.ts'

/** What may wait for the line. */
type Kept = 'event' | 'telemetry'

/**
 * What has to survive a lost line, on the disk and in order. INVARIANTS: an event is removed only when the fleet has
 * it (it stores before it acknowledges), or when there is no room; events go before telemetry, and telemetry is dropped
 * first, the oldest before the newer.
 */
export interface Outbox {
  put<K extends Kept>(kind: K, body: Unstamped<K>): void
  /** Sends while the signal lets it. */
  keepSending(signal: AbortSignal): Promise<void>
  /** How many wait. */
  readonly waiting: number
}

/** The bounds of an outbox, and its pace: at most `burst` events at once, then one in `paceMs`. */
export interface OutboxLimits {
  readonly count?: number
  readonly bytes?: number
  readonly burst?: number
  readonly paceMs?: number
  /** Between two of telemetry, in milliseconds: after an outage of a district nobody waits for old figures. */
  readonly telemetryPaceMs?: number
  /** The first wait after one was not taken, in milliseconds. */
  readonly retryMs?: number
}

/** After so many cuts the others go first: a line that falls at each try must not keep them all for the sake of one. */
const triesInFront = 8

/** An outbox in `database`. */
export const createOutbox = (
  database: Database,
  line: Line,
  logger: Logger,
  limits: OutboxLimits = {},
): Outbox => {
  const { count = 10_000, bytes = 20 * 1024 * 1024, burst = 20, paceMs = 200, retryMs = 1000 } = limits
  const { telemetryPaceMs = 1000 } = limits
  const { sql } = database
  sql.exec(`CREATE TABLE IF NOT EXISTS outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, body TEXT NOT NULL, bytes INTEGER NOT NULL
  ) STRICT`)
  const insert = sql.prepare('INSERT INTO outbox (kind, body, bytes) VALUES (?, ?, ?)')
  const total = sql.prepare('SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes FROM outbox')
  const first = sql.prepare('SELECT number, kind, body FROM outbox WHERE kind = ? ORDER BY number LIMIT 1')
  const remove = sql.prepare('DELETE FROM outbox WHERE number = ?')
  const putBehind = sql.prepare(
    'UPDATE outbox SET number = (SELECT max(number) + 1 FROM outbox) WHERE number = ?',
  )
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

  const backoff = createBackoff({ base: retryMs })
  const sendRow = async (row: Record<string, SQLOutputValue>, signal: AbortSignal) => {
    const number = Number(row.number)
    for (let tries = 1; ; tries++) {
      await line.up(signal)
      try {
        await line.send(row.kind as Kept, JSON.parse(String(row.body)), { confirmed: true })
        backoff.reset()
        break
      } catch (error) {
        if (!(error instanceof LineDown)) {
          logger.error({ error, kind: row.kind }, 'this can never be sent: it is dropped')
          break
        }
        await backoff.wait(signal)
        if (tries < triesInFront) continue
        database.unflushed(() => putBehind.run(number))
        return
      }
    }
    database.unflushed(() => remove.run(number))
    measure()
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
      let telemetryAt = 0
      while (!signal.aborted) {
        wake = Promise.withResolvers()
        try {
          const now = performance.now()
          tokens = Math.min(burst, tokens + (now - last) / paceMs)
          last = now
          await line.up(signal)
          const row = first.get('event') ?? first.get('telemetry')
          if (!row) {
            await pause(wake.promise, 60_000, signal)
          } else if (row.kind === 'telemetry') {
            if (now < telemetryAt) await pause(wake.promise, telemetryAt - now, signal)
            else {
              await sendRow(row, signal)
              telemetryAt = performance.now() + telemetryPaceMs
            }
          } else if (tokens < 1) {
            await sleep(paceMs, undefined, { signal })
          } else {
            await sendRow(row, signal)
            tokens -= 1
          }
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
