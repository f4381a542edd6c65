import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { Check } from 'typebox/value'
import { door as paths } from '../../protocol/door.ts'
import { SignedTime } from '../../protocol/enrolment.ts'
import { type SigningKeys, signedText } from '../../protocol/signing.ts'
import type { Backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import { type CredentialsSource, NotEnrolled } from './credentials.ts'
import { createDoor, type Door, readBounded } from './https.ts'
import { openKeys } from './signed-keys.ts'

/** The clock is set by whom, and who hears of the keys that come with the time. */
export interface TimeParts {
  readonly clock: Clock
  readonly credentials: CredentialsSource
  /** The fleet's keys as they are now, already checked. */
  readonly heardKeys?: (keys: SigningKeys) => void
}

const maxAnswerBytes = 32 * 1024

/**
 * Asks the fleet for its time once, and sets the clock by the answer. Its signature decides, with a nonce of ours, so
 * that it can be believed over a connection whose certificates' dates could not be judged. Throws when there is none.
 */
export const askTime = async (door: Door, parts: TimeParts, signal: AbortSignal): Promise<void> => {
  const { clock, credentials, heardKeys } = parts
  const nonce = randomBytes(16).toString('base64url')
  const sentAt = clock.monotonic()
  const answer = await door.ask({ method: 'GET', path: `${paths.time}?nonce=${nonce}`, signal })
  const receivedAt = clock.monotonic()
  const body: unknown = JSON.parse((await readBounded(answer, maxAnswerBytes)).toString('utf8'))
  if (answer.statusCode !== 200 || !Check(SignedTime, body)) throw new Error('The fleet gave no time')
  const { now, keys, signature } = body
  const isSigned = openKeys(keys, credentials().ca)
  if (body.nonce !== nonce || !isSigned(signedText.time({ now, nonce }), signature)) {
    throw new Error('The time is not signed by the fleet')
  }
  clock.answered(now, sentAt, receivedAt)
  heardKeys?.(keys)
}

/** Sees to it that the clock can judge dates: asks the fleet where it cannot. Throws when there is no answer. */
export const ensureTime = async (parts: TimeParts, signal: AbortSignal): Promise<void> => {
  if (parts.clock.trusted) return
  // The one connection whose certificates' dates are not judged: no clock could.
  const door = createDoor(parts.credentials)
  try {
    await askTime(door, parts, signal)
  } finally {
    door.close()
  }
}

/** A quartz may be wrong by seconds a day: often enough to stay well below one, and to hear of new keys in time. */
const everyMs = 2 * 3_600_000
const answerMs = 20_000

/** Keeps the clock right until the signal is aborted. `remember` gets each time that the fleet gave. */
export const keepTime = async (
  parts: TimeParts & {
    readonly door: Door
    readonly backoff: Backoff
    readonly remember?: (time: number) => void
    readonly logger: Logger
  },
  signal: AbortSignal,
): Promise<void> => {
  const { door, clock, backoff, remember, logger } = parts
  while (!signal.aborted) {
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMs)])
      await (clock.trusted ? askTime(door, parts, limit) : ensureTime(parts, limit))
      remember?.(clock.now())
      backoff.reset()
      await sleep(everyMs * (0.5 + Math.random() / 2), undefined, { signal, ref: false })
    } catch (error) {
      if (!signal.aborted && !(error instanceof NotEnrolled)) logger.debug({ error }, 'the time is not known')
      await backoff.wait(signal).catch(() => {})
    }
  }
}
