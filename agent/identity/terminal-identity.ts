import type { Logger } from 'pino'
import type { SigningKeys } from '../../protocol/signing.ts'
import type { Backoff } from '../link/backoff.ts'
import type { Clock } from '../link/clock.ts'
import type { Credentials, DoorAddress, Membership } from '../link/credentials.ts'
import { createDoor, type Door } from '../link/https.ts'
import { validityOf } from './answers.ts'
import { completeClaim } from './claim.ts'
import { hashOfCode, redeemClaims, type Trouble } from './enrolment.ts'
import { ask } from './exchange.ts'
import type { Claim, Identity, IdentityState } from './identity.ts'
import { fingerprintOf, makeCandidate } from './key.ts'
import { createMembers } from './members.ts'
import { createRecord } from './record.ts'
import { createFleetKeys, type FleetKeys } from './signing-keys.ts'
import { stayEnrolled } from './stay.ts'
import type { IdentityStore, StoredIdentity } from './store.ts'

/*
 * INVARIANTS
 * 1. A key and its request are on the disk before the fleet hears of them, and the same request is sent until its
 *    answer is on the disk too: a power cut at any moment burns no claim code and loses no key.
 * 2. What the fleet issued takes the place of what was there in one step, and only when it fits.
 * 3. Credentials that were let in are kept until their successors were.
 * 4. No key is asked for twice: a claim and a renewal have a key each. While a claim is open nothing is renewed, unless
 *    the certificate would end over it. An answer changes only the enrolment for which it was asked.
 */

/** What an identity is made of. */
export interface IdentityParts {
  readonly store: IdentityStore
  readonly clock: Clock
  /** Where the fleet is and what to trust, where no claim says it. */
  readonly address?: DoorAddress
  readonly ca?: string
  /** The machine's serial number. */
  readonly serial: string
  /** A claim that the configuration holds. */
  readonly claim?: Claim
  /** Whether it renews its certificate; `false` where somebody else does. */
  readonly renews: boolean
  /** Waits between two tries, up to so many times the longest wait of the line. */
  readonly backoff: (patience: number) => Backoff
  readonly random: () => number
  readonly logger: Logger
}

/** The identity of one terminal at work. */
export interface TerminalIdentity extends Identity {
  readonly membership: Membership
  /** The HTTPS half of the terminals' door, as whom the fleet knows this terminal now. */
  readonly door: Door
  readonly keys: FleetKeys
  /** What connections are opened with now. Throws `NotEnrolled`. */
  credentials(): Credentials
  /** Makes the first key, takes up what was begun, and sees to it from now on. */
  start(): Promise<void>
  stop(): Promise<void>
}

const stateOf = ({ claim, enrolled }: StoredIdentity, trouble: Trouble | undefined): IdentityState => {
  if (claim?.problem) return { is: 'refused', problem: claim.problem }
  if (claim) return { is: 'enrolling', ...(trouble ? { trouble } : {}) }
  if (!enrolled) return { is: 'unclaimed' }
  if (enrolled.problem) return { is: 'refused', problem: enrolled.problem }
  return { is: enrolled.admission }
}

/** The identity that `store` keeps; nothing happens before `start`. */
export const createTerminalIdentity = (parts: IdentityParts): TerminalIdentity => {
  const { store, clock, serial, claim, backoff, logger } = parts
  const record = createRecord(store)
  const { news } = record
  const lost = (error: unknown) => logger.error({ error }, 'the identity could not be kept')
  const members = createMembers(record, clock, parts.address, () => door.renew(), lost)
  const door = createDoor(members.credentials, clock)
  const keys = createFleetKeys({
    known: () => record.present.enrolled?.keys,
    keep: (list: SigningKeys) =>
      record
        .change((present) => {
          const { enrolled } = present
          if (!enrolled || list.issuedAt <= (enrolled.keys?.issuedAt ?? 0)) return present
          return { ...present, enrolled: { ...enrolled, keys: list } }
        })
        .catch(lost),
    roots: () => members.credentials().ca,
    fetch: () => ask.keys(door, stopped.signal),
    monotonic: clock.monotonic,
    logger,
  })
  const stopped = new AbortController()
  let work: Promise<unknown> = Promise.resolve()
  let trouble: Trouble | undefined
  let state = stateOf(record.present, trouble)

  const see = () => {
    const now = stateOf(record.present, trouble)
    if (JSON.stringify(now) === JSON.stringify(state)) return
    state = now
    logger.info(state, 'the identity of this terminal')
  }
  record.watch(see)
  const met = (what: Trouble | undefined) => {
    trouble = what
    see()
    news.tell()
  }
  /** Whether the configuration holds a claim that was not handed in before. */
  const isNew = ({ code }: Claim): boolean => {
    const { claim: present, enrolled } = record.present
    if (present) return present.code !== code
    return enrolled === undefined || enrolled.codeSha256 !== hashOfCode(code)
  }

  const identity: TerminalIdentity = {
    membership: members,
    door,
    keys,
    serial,
    credentials: members.credentials,
    get state() {
      return state
    },
    get fingerprint() {
      const { candidate, claim: present, enrolled } = record.present
      const key = present || !enrolled ? candidate?.key : enrolled.own.key
      return key ? fingerprintOf(key) : ''
    },
    get device() {
      return record.present.enrolled?.device
    },
    get village() {
      return record.present.enrolled?.village
    },
    async *changes(signal) {
      let seen: IdentityState | undefined
      while (!signal.aborted) {
        if (state === seen) await news.wait(signal, undefined, () => state !== seen).catch(() => {})
        else {
          seen = state
          yield state
        }
      }
    },
    async enrol(handedIn) {
      const complete = completeClaim(handedIn, parts)
      trouble = undefined
      await record.change((present) => {
        // Redeemed already, as when its answer came after a power cut and the code is handed in once more.
        const { claim: open, enrolled } = present
        const redeemed = !open && !enrolled?.problem && enrolled?.codeSha256 === hashOfCode(complete.code)
        if (redeemed) return present
        return { ...present, candidate: present.candidate ?? makeCandidate(), claim: complete }
      })
    },
    async start() {
      const { enrolled } = record.present
      if (enrolled) clock.notBefore(validityOf(enrolled.own.certificate).from)
      await record.change((present) =>
        present.enrolled || present.candidate ? present : { ...present, candidate: makeCandidate() },
      )
      if (claim && isNew(claim)) await identity.enrol(claim)
      logger.info({ ...state, fingerprint: identity.fingerprint, serial }, 'the identity of this terminal')
      const { signal } = stopped
      work = Promise.all([
        redeemClaims({ record, clock, address: parts.address, backoff, met, logger }, signal),
        stayEnrolled({ ...parts, record, members, door }, signal),
      ])
    },
    async stop() {
      stopped.abort(new Error('The agent stops'))
      await work
      // Changes are made in turn: when this one is through, so are those before it.
      await record.change((present) => present).catch(lost)
      door.close()
    },
  }
  return identity
}
