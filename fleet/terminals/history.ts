import type { TerminalState } from '../api/schemas.ts'

/** Why a terminal or one of its capabilities was not there. */
export const downtimeReasons = [
  'power',
  'link',
  'agent',
  'planned',
  'application',
  'regional',
  'unknown',
] as const
export type DowntimeReason = (typeof downtimeReasons)[number]

/** A time in which a terminal was in one state; times in milliseconds of the fleet's clock. */
export interface PresenceInterval {
  readonly id: string
  readonly terminal: string
  readonly state: TerminalState
  readonly from: number
  /** Not there while it lasts. */
  readonly until?: number
  /** Of states in which it does not work whole. */
  readonly reason?: DowntimeReason
  /** Who says so: the terminal's own record, its neighbours, or a person. */
  readonly judgedBy?: 'terminal' | 'neighbours' | 'person'
  readonly note?: string
  /** The id of the person who last edited reason or note. */
  readonly editedBy?: string
  /** The fleet itself was not there from `from` to then, so how much of it the terminal was away is not known. */
  readonly unseenUntil?: number
  /** The regional outage that it is part of: the same for all neighbours that went together. */
  readonly outage?: string
}

/** A time in which a capability worked or did not, as its terminal said. */
export interface CapabilityInterval {
  readonly terminal: string
  readonly capability: string
  readonly ok: boolean
  readonly from: number
  readonly until?: number
  readonly detail?: string
  /** When the fault was noticed, where that is known: mean time to detect counts from `from` to here. */
  readonly detectedAt?: number
}

/** A time for which absence was announced. */
export interface MaintenanceWindow {
  readonly id: string
  readonly about: 'terminal' | 'village' | 'district' | 'fleet'
  /** The id of the terminal, or the name; empty for the fleet. */
  readonly name: string
  readonly from: number
  readonly until: number
  readonly note: string
  readonly createdBy: string
}

/** What was, for availability, alerts and pages. Ranges are half open: `until` is not in them. */
export interface History {
  /** The intervals of a terminal that touch the range, the oldest first, not cut to it. */
  presence(terminal: string, from: number, until: number): Promise<readonly PresenceInterval[]>
  /** The same of its capabilities. */
  capabilities(terminal: string, from: number, until: number): Promise<readonly CapabilityInterval[]>
  /** The windows that touch the range and are about this terminal. */
  maintenance(terminal: string, from: number, until: number): Promise<readonly MaintenanceWindow[]>
  /** When the fleet itself was there, the oldest first; in between nobody knows. */
  fleetRuns(
    from: number,
    until: number,
  ): Promise<readonly { readonly from: number; readonly until: number }[]>
  /** Calls back when an interval begins, ends, or is judged anew. */
  watch(onlooker: (interval: PresenceInterval) => void): () => void
  /** Calls back when what is known of a capability has changed: which terminal, and from when on. */
  watchCapabilities(onlooker: (terminal: string, from: number) => void): () => void
}
