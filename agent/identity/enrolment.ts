import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import type { Backoff } from '../link/backoff.ts'
import type { Clock } from '../link/clock.ts'
import { type DoorAddress, NotEnrolled } from '../link/credentials.ts'
import { createDoor } from '../link/https.ts'
import { ensureTime } from '../link/time.ts'
import { UntrustedFleet } from '../link/trust.ts'
import { checkIssued } from './answers.ts'
import { ask, EnrolRefused } from './exchange.ts'
import { makeCandidate } from './key.ts'
import type { IdentityRecord } from './record.ts'
import type { StoredClaim } from './store.ts'

/** Why a claim has not been answered yet. */
export type Trouble = 'unreachable' | 'untrusted'

/** What redeeming claims needs. */
export interface EnrolmentParts {
  readonly record: IdentityRecord
  readonly clock: Clock
  /** Where the fleet is, where no claim says it. */
  readonly address?: DoorAddress | undefined
  /** Waits between two tries, up to so many times the longest wait of the line. */
  readonly backoff: (patience: number) => Backoff
  /** The last try met this; `undefined` once the fleet has answered. */
  readonly met: (trouble: Trouble | undefined) => void
  readonly logger: Logger
}

/** The hash by which a code is known once it is redeemed. */
export const hashOfCode = (code: string): string => createHash('sha256').update(code).digest('hex')

const redeem = async (
  { record, clock, address: usual }: EnrolmentParts,
  claim: StoredClaim,
  signal: AbortSignal,
): Promise<void> => {
  const { candidate } = record.present
  if (!candidate) throw new Error('A claim without a key')
  const { code, serial, address, ca } = claim
  const credentials = () => {
    const where = address ?? usual
    if (!where) throw new NotEnrolled()
    return { address: where, ca }
  }
  await ensureTime({ clock, credentials }, signal)
  const door = createDoor(credentials, clock)
  try {
    const answer = await ask.enrol(door, { code, serial, csr: candidate.csr }, signal)
    checkIssued(answer, candidate.key)
    const { certificate, ...enrolled } = answer
    await record.change((present) =>
      present.claim === claim && present.candidate === candidate
        ? {
            enrolled: {
              ...enrolled,
              ...(address ? { address } : {}),
              own: { key: candidate.key, certificate },
              codeSha256: hashOfCode(code),
            },
          }
        : present,
    )
  } finally {
    door.close()
  }
}

/**
 * Redeems each claim that is handed in, with the one request that is on the disk, until the fleet answers. A refusal
 * is the last word on a claim, but for one that only says `rate-limited`. Resolves when the signal is aborted.
 */
export const redeemClaims = async (parts: EnrolmentParts, signal: AbortSignal): Promise<void> => {
  const { record, met, logger } = parts
  const quick = parts.backoff(1)
  const patient = parts.backoff(10)

  const refused = async (claim: StoredClaim, { problem }: EnrolRefused): Promise<number | undefined> => {
    logger.warn({ problem }, 'the fleet refuses the claim')
    if (problem === 'rate-limited') return patient.next()
    if (problem === 'csr-invalid' && !claim.rekeyed) {
      // The fleet has certified this key for another claim, whose answer was lost.
      await record.change((present) =>
        present.claim === claim
          ? { ...present, claim: { ...claim, rekeyed: true }, candidate: makeCandidate() }
          : present,
      )
      return 0
    }
    await record.change((present) =>
      present.claim === claim ? { ...present, claim: { ...claim, problem } } : present,
    )
    return 0
  }
  /** Milliseconds until there is something to do again; `undefined` when only news will tell. */
  const turn = async (claim: StoredClaim | undefined): Promise<number | undefined> => {
    if (!claim || claim.problem) return undefined
    try {
      await redeem(parts, claim, signal)
      logger.info({ device: record.present.enrolled?.device }, 'this terminal is enrolled')
      met(undefined)
      quick.reset()
      patient.reset()
      return 0
    } catch (thrown) {
      if (thrown instanceof EnrolRefused) return refused(claim, thrown)
      if (!signal.aborted) logger.info({ error: thrown }, 'the claim was not answered')
      met(thrown instanceof UntrustedFleet ? 'untrusted' : 'unreachable')
      return quick.next()
    }
  }
  while (!signal.aborted) {
    const { claim } = record.present
    const wait = await turn(claim)
    await record.news.wait(signal, wait, () => record.present.claim !== claim).catch(() => {})
  }
}
