import type { Shown } from '../identity/peer.ts'
import type { Standing } from '../identity/standing.ts'

/** Who asks at the open routes of the terminals' door. */
export interface Caller {
  readonly address: string
  /** The certificate, where it is one that the fleet issued: perhaps ended, perhaps of a terminal that may not work. */
  readonly shown: Shown | undefined
  /** What that certificate is worth, its dates aside. */
  readonly standing: Standing | undefined
}
