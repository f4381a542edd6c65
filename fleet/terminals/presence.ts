import type { CapabilityReport } from '../../protocol/messages.ts'
import type { TerminalState } from '../api/schemas.ts'

/** How long a terminal that went away may be back before it counts as offline, in milliseconds. */
export const graceMs = 90_000

/** What a terminal's state follows from. */
export interface Signs {
  readonly connected: boolean
  /** When it was last known to be connected. */
  readonly lastSeen: number | undefined
  /** Since when its absence is watched: when it went, or when the fleet started, whichever is later. */
  readonly awaitedSince: number
  /** Why it said goodbye, when it did. */
  readonly farewell: string | undefined
  readonly capabilities: Readonly<Record<string, CapabilityReport>>
  /** Whether a maintenance window holds now. */
  readonly announced?: boolean
  /** Whether it is out of service for good. */
  readonly retired?: boolean
}

/** Whether a terminal is there. The one place that decides it, for list, API and alerts. */
export const stateOf = (signs: Signs, now: number, grace = graceMs): TerminalState => {
  if (signs.retired) return 'retired'
  if (signs.connected) {
    return Object.values(signs.capabilities).every(({ ok }) => ok) ? 'online' : 'reduced'
  }
  if (signs.lastSeen === undefined) return 'never-seen'
  if (signs.announced || signs.farewell === 'maintenance') return 'maintenance'
  if (signs.farewell === 'shutdown') return 'offline'
  return now < signs.awaitedSince + grace ? 'suspect' : 'offline'
}

/** Whether a terminal in this state answers. */
export const isThere = (state: TerminalState): boolean => state === 'online' || state === 'reduced'

/** Whether a terminal in this state is away although it belongs to the fleet and has been seen. */
export const isAway = (state: TerminalState): boolean =>
  state === 'suspect' || state === 'offline' || state === 'maintenance'
