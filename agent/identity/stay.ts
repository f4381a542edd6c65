import type { Logger } from 'pino'
import type { Admission } from '../../protocol/enrolment.ts'
import type { Backoff } from '../link/backoff.ts'
import type { Clock } from '../link/clock.ts'
import type { Door } from '../link/https.ts'
import { ensureTime } from '../link/time.ts'
import { checkIssued, validityOf } from './answers.ts'
import { ask, EnrolRefused } from './exchange.ts'
import { makeCandidate } from './key.ts'
import type { Members } from './members.ts'
import type { IdentityRecord } from './record.ts'
import { type Enrolled, isOpen } from './store.ts'

/** What an enrolled terminal needs to stay so. */
export interface StayParts {
  readonly record: IdentityRecord
  readonly members: Members
  readonly clock: Clock
  /** The door at which the members show themselves. */
  readonly door: Door
  /** Whether it renews its certificate; `false` where somebody else does. */
  readonly renews: boolean
  /** Waits between two tries, up to so many times the longest wait of the line. */
  readonly backoff: (patience: number) => Backoff
  readonly random: () => number
  readonly logger: Logger
}

/** A certificate is renewed at half its life and up to this share of it later, so that terminals take turns. */
const jitterShare = 0.1

/** A claim brings a certificate of its own, but may stay without an answer for ever: a renewal waits so long for it. */
const claimShare = 0.75

/** The clock may be set meanwhile, and no timer hears of it: what is due is looked at so often. */
const longestWaitMs = 3_600_000

/** How patient the questions are, in each state of admission. */
const patience: Readonly<Record<Admission, number>> = {
  accepted: 10,
  pending: 2,
  quarantined: 20,
  revoked: 120,
}

/** With a new key, which is on the disk before the fleet hears of it; the old one stays until the new one is let in. */
const renew = async ({ record, members, door, logger }: StayParts, signal: AbortSignal): Promise<void> => {
  await record.change((present) => (present.renewal ? present : { ...present, renewal: makeCandidate() }))
  const { renewal, enrolled } = record.present
  if (!renewal || !enrolled) return
  const { own: inUse } = members.credentials()
  const answer = await ask.renew(door, { csr: renewal.csr }, signal)
  checkIssued(answer, renewal.key)
  const { certificate, ca, keys } = answer
  await record.change((present) => {
    if (present.renewal !== renewal || present.enrolled?.own !== enrolled.own) return present
    const { problem, previous, ...rest } = present.enrolled
    const own = { key: renewal.key, certificate }
    const { renewal: _, ...others } = present
    return { ...others, enrolled: { ...rest, ca, keys, own, ...(inUse ? { previous: inUse } : {}) } }
  })
  logger.info({ until: validityOf(certificate).until }, 'the certificate was renewed')
}

/**
 * Renews the certificate in time and learns from the fleet whether it lets this terminal work: again and again until it
 * does, and whenever connections fail for no visible reason. Resolves when the signal is aborted.
 */
export const stayEnrolled = async (parts: StayParts, signal: AbortSignal): Promise<void> => {
  const { record, members, clock, door, logger } = parts
  const share = 0.5 + jitterShare * parts.random()
  const retries = Object.fromEntries(
    Object.entries(patience).map(([admission, times]) => [admission, parts.backoff(times)]),
  ) as Record<Admission, Backoff>

  const alter = ({ own }: Enrolled, changes: Partial<Enrolled>) =>
    record.change((present) =>
      present.enrolled?.own === own ? { ...present, enrolled: { ...present.enrolled, ...changes } } : present,
    )
  const knowTime = () => ensureTime({ clock, credentials: members.credentials }, signal)
  const untilRenewal = ({ own }: Enrolled): number => {
    const isClaimed = isOpen(record.present.claim)
    if (members.newestRefused && !isClaimed) return 0
    const { from, until } = validityOf(own.certificate)
    return from + (isClaimed ? claimShare : share) * (until - from) - clock.now()
  }
  const isDue = (enrolled: Enrolled) =>
    parts.renews &&
    (enrolled.admission === 'accepted' || enrolled.admission === 'pending') &&
    untilRenewal(enrolled) <= 0
  const isDueNow = () => record.present.enrolled !== undefined && isDue(record.present.enrolled)

  /** Whether the fleet has changed its mind. */
  const look = async (enrolled: Enrolled): Promise<boolean> => {
    await knowTime()
    const { admission } = await ask.enrolment(door, signal)
    if (admission === enrolled.admission) return false
    logger.info({ admission }, 'the fleet has decided about this terminal')
    retries[admission].reset()
    await alter(enrolled, { admission })
    return true
  }
  const refused = async (enrolled: Enrolled, { problem }: EnrolRefused): Promise<number> => {
    logger.warn({ problem }, 'the fleet refuses this terminal')
    if (problem === 'csr-invalid') {
      await record.change(({ renewal, ...others }) => others)
    }
    if (problem === 'revoked') await alter(enrolled, { admission: 'revoked' })
    else if (problem !== 'rate-limited' && record.present.enrolled?.problem !== problem) {
      await alter(enrolled, { problem })
    }
    return retries.revoked.next()
  }
  /** Milliseconds until there is something to do again; `undefined` when only news will tell. */
  const turn = async (enrolled: Enrolled | undefined): Promise<number | undefined> => {
    if (!enrolled) return undefined
    const { admission } = enrolled
    const inDoubt = members.takeDoubt()
    try {
      if (isDue(enrolled)) {
        // A clock that runs ahead makes every certificate look old: the machine's, or the fleet's of an hour ago.
        clock.doubt()
        await knowTime()
        if (isDue(enrolled)) {
          await renew(parts, signal)
          return retries[admission].next()
        }
        // Its certificate may not have ended either, for whose successor the line waits.
        record.news.tell()
      }
      if ((inDoubt || admission !== 'accepted') && (await look(enrolled))) return 0
      if (admission !== 'accepted') return retries[admission].next()
      retries.accepted.reset()
      return parts.renews ? Math.min(Math.max(untilRenewal(enrolled), 0), longestWaitMs) : undefined
    } catch (thrown) {
      if (thrown instanceof EnrolRefused) return refused(enrolled, thrown)
      if (!signal.aborted) logger.debug({ error: thrown }, 'the fleet was not asked about this terminal')
      return retries[admission].next()
    }
  }
  while (!signal.aborted) {
    const { enrolled } = record.present
    const { newestRefused } = members
    const wait = await turn(enrolled)
    const wasDue = isDueNow()
    const moved = () =>
      record.present.enrolled?.own !== enrolled?.own ||
      members.newestRefused !== newestRefused ||
      members.inDoubt ||
      (!wasDue && isDueNow())
    await record.news.wait(signal, wait, moved).catch(() => {})
  }
}
