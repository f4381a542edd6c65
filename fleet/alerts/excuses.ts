import { isOpen, nextOpening, type OpeningHours } from '../../protocol/opening-hours.ts'
import type { AlertRule } from '../api/incident-schemas.ts'

/** A shop that opens is given so long to switch its terminal on, in milliseconds. */
export const switchOnMs = 15 * 60_000

/** What is known of a terminal besides its signs. */
export interface Circumstances {
  /** Whether absence was announced for now. */
  maintenance(terminal: string, now: number): boolean
  /** When its present absence began, if that was planned. */
  plannedSince(terminal: string): number | undefined
  /** When its shop is open; `undefined` when nobody knows. */
  hours(terminal: string): OpeningHours | undefined
}

/** Who copies a key does not ask whether there is maintenance. */
const neverExcused = /^(identity|claim)-/

/** Whether nobody is to hear of it now, and nobody will. */
export const isExcused = (
  rule: AlertRule,
  terminal: string,
  now: number,
  { maintenance, plannedSince, hours }: Circumstances,
): boolean => {
  if ('event' in rule.when && neverExcused.test(rule.when.event)) return false
  if (maintenance(terminal, now)) return true
  const open = hours(terminal)
  const planned = 'state' in rule.when ? plannedSince(terminal) : undefined
  if (planned !== undefined) {
    // Who switches a terminal off for the night may forget it in the morning.
    const opening = open && nextOpening(open, planned)
    if (opening === undefined || now < opening + switchOnMs) return true
  }
  if (!rule.shopHoursOnly || !open) return false
  return !isOpen(open, now) || ('state' in rule.when && !isOpen(open, now - switchOnMs))
}
