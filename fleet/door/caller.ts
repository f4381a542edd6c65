import type { Shown } from '../identity/peer.ts'

/** Who asks at the open routes of the terminals' door. */
export interface Caller {
  readonly address: string
  /** The certificate, where it is one that the fleet issued: perhaps ended, perhaps of a terminal that may not work. */
  readonly shown: Shown | undefined
}
