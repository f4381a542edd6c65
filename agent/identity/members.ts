import type { Clock } from '../link/clock.ts'
import {
  type Credentials,
  type DoorAddress,
  type Member,
  type Membership,
  NotEnrolled,
} from '../link/credentials.ts'
import { ensureTime } from '../link/time.ts'
import { validityOf } from './answers.ts'
import type { IdentityRecord } from './record.ts'
import type { Enrolled } from './store.ts'

/** As whom this terminal comes to its fleet, from one set of credentials to the next. */
export interface Members extends Membership {
  /** What connections are opened with now. Throws `NotEnrolled`. */
  credentials(): Credentials
  /** The fleet did not let the newest credentials in, but those before them. */
  readonly newestRefused: boolean
  /** Whether the fleet ought to be asked if it still lets this terminal work; asking for it ends it. */
  takeDoubt(): boolean
  readonly inDoubt: boolean
}

/** After so many tries to connect in a row have failed, something else than the line may be wrong. */
const failuresUntilDoubt = 3

/** The clock may be set so that a certificate has not ended after all: it is looked at so often. */
const setMs = 60_000

/**
 * The members of a record; `usual` is where the fleet is, where no claim said it. `changed`: others took their place;
 * `failed`: a change could not be kept.
 */
export const createMembers = (
  record: IdentityRecord,
  clock: Clock,
  usual: DoorAddress | undefined,
  changed: () => void,
  failed: (error: unknown) => void,
): Members => {
  let member: Member | undefined
  let outdated = new AbortController()
  let basis: Enrolled | undefined
  let failures = 0
  /** Tries in a row in which the fleet had proved itself and did not let this terminal in. */
  let turnedAway = 0
  let inDoubt = false
  let newestRefused = false
  /** Credentials that were found ended: said once, so that no two who wait wake each other without end. */
  let ended: Credentials | undefined

  /**
   * Each third try in a row that the fleet turns away is made with the credentials that were let in before. A fleet that
   * is not there has turned nobody away: it may have let the newest in, and takes those before for a copy.
   */
  const pairOf = ({ own, previous }: Enrolled) =>
    previous && turnedAway % failuresUntilDoubt === failuresUntilDoubt - 1 ? previous : own
  const see = () => {
    const { enrolled } = record.present
    const own = enrolled && pairOf(enrolled)
    const same =
      enrolled?.address === basis?.address &&
      enrolled?.ca === basis?.ca &&
      enrolled?.admission === basis?.admission &&
      own === member?.credentials.own
    basis = enrolled
    if (same) return
    if (own !== member?.credentials.own) newestRefused = false
    const first = member === undefined
    outdated.abort()
    outdated = new AbortController()
    const address = enrolled?.address ?? usual
    member = enrolled &&
      own &&
      address && {
        device: enrolled.device,
        credentials: { address, ca: enrolled.ca, own },
        outdated: outdated.signal,
      }
    if (!first) changed()
  }
  see()
  record.watch(see)

  return {
    credentials() {
      if (!member) throw new NotEnrolled()
      return member.credentials
    },
    get newestRefused() {
      return newestRefused
    },
    get inDoubt() {
      return inDoubt
    },
    takeDoubt() {
      const was = inDoubt
      inDoubt = false
      return was
    },
    async admitted(signal) {
      for (;;) {
        signal.throwIfAborted()
        const present = member
        const own = present?.credentials.own
        const welcome = present !== undefined && basis?.admission === 'accepted'
        const expired = own !== undefined && clock.now() > validityOf(own.certificate).until
        // A machine's clock that runs ahead makes every certificate look old.
        if (expired && !clock.heard) clock.doubt()
        if (welcome && !clock.trusted) {
          await ensureTime({ clock, credentials: () => present.credentials }, signal)
        } else if (welcome && !expired) {
          return present
        } else {
          // Who renews them may wait by a clock that was set since.
          if (expired && ended !== present?.credentials) {
            ended = present?.credentials
            record.news.tell()
          }
          await record.news.wait(signal, expired ? setMs : undefined)
        }
      }
    },
    connected(present) {
      failures = 0
      turnedAway = 0
      inDoubt = false
      if (present !== member || !basis?.previous) return
      newestRefused = present.credentials.own !== basis.own
      if (newestRefused) record.news.tell()
      else {
        record
          .change((stored) => {
            if (!stored.enrolled || stored.enrolled.own !== present.credentials.own) return stored
            const { previous, ...enrolled } = stored.enrolled
            return { ...stored, enrolled }
          })
          .catch(failed)
      }
    },
    failed(_member, reached) {
      failures += 1
      turnedAway = reached ? turnedAway + 1 : 0
      inDoubt ||= failures % failuresUntilDoubt === 0
      see()
      record.news.tell()
    },
  }
}
