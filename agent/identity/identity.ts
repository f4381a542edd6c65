import type { EnrolProblem } from '../../protocol/enrolment.ts'
import type { DoorAddress } from '../link/credentials.ts'

/** What the fleet's operator hands to a new terminal. */
export interface Claim {
  /** The one-time code, as it was typed. */
  readonly code: string
  /** Where the fleet is; that of the configuration unless told. */
  readonly fleet?: DoorAddress
  /** The roots to trust, PEM; those of the configuration unless told. */
  readonly ca?: string
  /** The machine's serial number, where its own is not to be asked. */
  readonly serial?: string
}

/**
 * How far a terminal has come. `enrolling` lasts until the fleet has answered; `trouble` says why it has not yet.
 * `refused` waits for another claim; `revoked` is for good.
 */
export type IdentityState =
  | { readonly is: 'unclaimed' | 'pending' | 'accepted' | 'quarantined' | 'revoked' }
  | { readonly is: 'enrolling'; readonly trouble?: 'unreachable' | 'untrusted' }
  | { readonly is: 'refused'; readonly problem: EnrolProblem }

/** Who this terminal is: made on it, certified by the fleet, kept over restarts and power cuts. */
export interface Identity {
  readonly state: IdentityState
  /** The present state, then each change, until the signal is aborted; a slow reader misses only what is past. */
  changes(signal: AbortSignal): AsyncIterable<IdentityState>
  /** Its key as technician and operator compare it: twelve digits. */
  readonly fingerprint: string
  /** The machine's serial number. */
  readonly serial: string
  /** Known once the fleet has enrolled it. */
  readonly device: string | undefined
  readonly village: string | undefined
  /**
   * Redeems a claim. Resolves when it is on the disk; from then on it is tried until the fleet answers, over restarts
   * too, and `state` tells what becomes of it. Throws `ClaimError` when it is no claim.
   */
  enrol(claim: Claim): Promise<void>
}

/** What is wrong with a claim: `fleet-unknown` where address or root certificates are missing, or cannot be read. */
export type ClaimProblem = 'code-invalid' | 'serial-differs' | 'fleet-unknown'

/** What was handed in cannot be a claim; the text says what is wrong with it. */
export class ClaimError extends Error {
  override readonly name = 'ClaimError'
  readonly problem: ClaimProblem

  constructor(problem: ClaimProblem, text: string) {
    super(text)
    this.problem = problem
  }
}
