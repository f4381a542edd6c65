import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Logger } from 'pino'
import { door as paths } from '../../protocol/door.ts'
import type { Backoff } from '../link/backoff.ts'
import type { Door } from '../link/https.ts'
import type { Marks } from '../marks.ts'
import type { CapturedDescription } from './description.ts'

/** Brings the description of unknown devices to the fleet, once. */
export interface DescriptionDelivery {
  /** This is to be brought, in place of an earlier one. */
  offer(description: CapturedDescription): void
  /** The line came up: try at once. */
  retry(): void
  /** Brings what is offered until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>
}

const mark = 'profiles.described'

/** A delivery that remembers in `marks` what the fleet has. */
export const createDescriptionDelivery = (parts: {
  readonly door: Pick<Door, 'ask'>
  readonly marks: Marks
  readonly backoff: Backoff
  readonly logger: Logger
}): DescriptionDelivery => {
  const { door, marks, backoff, logger } = parts
  let offered: CapturedDescription | undefined
  let news = Promise.withResolvers<void>()

  const wake = () => {
    news.resolve()
    news = Promise.withResolvers()
  }
  const bring = async ({ sha256, text }: CapturedDescription, signal: AbortSignal): Promise<void> => {
    const answer = await door.ask({
      method: 'PUT',
      path: paths.deviceDescription(sha256),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: await promisify(gzip)(text),
      signal,
    })
    answer.destroy()
    const status = answer.statusCode ?? 0
    // A terminal that is not accepted yet is refused, and will be heard later.
    const later = status >= 500 || [401, 403, 429].includes(status)
    if (later) throw new Error(`The fleet answered ${status} to a description`)
    if (status >= 400) logger.warn({ status }, 'the fleet does not take the description of the devices')
  }
  const turnOf = async (signal: AbortSignal): Promise<void> => {
    const heard = news.promise
    const mine = offered
    if (!mine || marks.get(mark) === mine.sha256) {
      const ended = Promise.withResolvers<void>()
      const onAbort = () => ended.resolve()
      signal.addEventListener('abort', onAbort, { once: true })
      await Promise.race([heard, ended.promise])
      signal.removeEventListener('abort', onAbort)
      return
    }
    try {
      await bring(mine, signal)
      marks.set(mark, mine.sha256)
      backoff.reset()
    } catch (error) {
      if (signal.aborted) return
      logger.debug({ error }, 'the description of the devices could not be brought')
      await Promise.race([heard, backoff.wait(signal).catch(() => {})])
    }
  }
  return {
    offer(description) {
      offered = description
      wake()
    },
    retry: wake,
    async run(signal) {
      while (!signal.aborted) await turnOf(signal)
    },
  }
}
