import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { Check } from 'typebox/value'
import { door as paths, TimeAnswer } from '../../protocol/door.ts'
import type { Backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import { type Door, readBounded } from './https.ts'

/** Asks the fleet for its time once, and sets `clock` by the answer. Throws when there is none. */
export const askTime = async (door: Door, clock: Clock, signal: AbortSignal): Promise<void> => {
  const sentAt = clock.monotonic()
  const answer = await door.ask({ method: 'GET', path: paths.time, signal })
  const receivedAt = clock.monotonic()
  const body: unknown = JSON.parse((await readBounded(answer, 1024)).toString('utf8'))
  if (answer.statusCode !== 200 || !Check(TimeAnswer, body)) throw new Error('The fleet gave no time')
  clock.answered(body.now, sentAt, receivedAt)
}

/** A quartz may be wrong by seconds a day: often enough to stay well below one. */
const everyMs = 2 * 3_600_000

/** Keeps `clock` right until the signal is aborted. */
export const keepTime = async (
  parts: { readonly door: Door; readonly clock: Clock; readonly backoff: Backoff; readonly logger: Logger },
  signal: AbortSignal,
): Promise<void> => {
  const { door, clock, backoff, logger } = parts
  while (!signal.aborted) {
    try {
      await askTime(door, clock, AbortSignal.any([signal, AbortSignal.timeout(20_000)]))
      backoff.reset()
      await sleep(everyMs * (0.5 + Math.random() / 2), undefined, { signal, ref: false })
    } catch (error) {
      if (!signal.aborted) logger.debug({ error }, 'the time is not known')
      await backoff.wait(signal).catch(() => {})
    }
  }
}
