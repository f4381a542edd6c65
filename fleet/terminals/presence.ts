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
}

/** Whether a terminal is there. The one place that decides it, for list, API and alerts. */
export const stateOf = (signs: Signs, now: number, grace = graceMs): TerminalState => {
  if (signs.connected) {
    return Object.values(signs.capabilities).every(({ ok }) => ok) ? 'online' : 'reduced'
  }
  if (signs.lastSeen === undefined) return 'never-seen'
  if (signs.farewell === 'maintenance') return 'maintenance'
  if (signs.farewell === 'shutdown') return 'offline'
  return now < signs.awaitedSince + grace ? 'suspect' : 'offline'
}
