import type { TerminalState } from '../api/schemas.ts'
import type { CapabilityInterval, MaintenanceWindow, PresenceInterval } from '../terminals/history.ts'
import { difference, intersection, lengthOf, type Spans, union } from './spans.ts'

/** What is known of a terminal in some time; intervals may reach beyond it. */
export interface Past {
  readonly presence: readonly PresenceInterval[]
  readonly capabilities: readonly CapabilityInterval[]
  readonly maintenance: readonly Pick<MaintenanceWindow, 'from' | 'until'>[]
}

/** Milliseconds of shop hours, of those that were announced as maintenance, and of the rest in which a thing worked. */
export interface Count {
  readonly open: number
  readonly maintenance: number
  readonly up: number
}

/** By capability, and for `presence` and `all`. */
export type Counts = ReadonlyMap<string, Count>

/** The terminal answers. */
export const presence = 'presence'
/** The terminal answers and all that it can do works. */
export const all = 'all'

const isThere = (state: TerminalState): boolean => state === 'online' || state === 'reduced'
const counts = (state: TerminalState): boolean => state !== 'never-seen' && state !== 'retired'

const spanOf = ({ from, until = Number.POSITIVE_INFINITY }: { from: number; until?: number }) => ({
  from,
  until,
})

/**
 * Counts in these spans of shop hours.
 *
 * - A moment counts while the history knows the terminal to be of the fleet: not before its first time there, not
 *   retired, not where the fleet itself was away and nobody can tell. For a capability it counts from its first report.
 * - The terminal answers while it is `online` or `reduced`; the time of grace does not count as an answer.
 * - Maintenance is what a window announces or the terminal itself took leave for.
 * - A capability works while the terminal answers and nothing says that it does not; `all` while all of them work.
 */
export const countIn = (past: Past, open: Spans): Counts => {
  const known = past.presence.filter(({ state }) => counts(state))
  const seen = union(
    known.map(({ unseenUntil = 0, ...rest }) => spanOf({ ...rest, from: Math.max(rest.from, unseenUntil) })),
  )
  const there = union(known.filter(({ state }) => isThere(state)).map(spanOf))
  const left = known.filter(({ state }) => state === 'maintenance').map(spanOf)
  const announced = union([...past.maintenance.map(spanOf), ...left])
  const faults = union(past.capabilities.filter(({ ok }) => !ok).map(spanOf))

  const counted = intersection(open, seen)
  const count = (spans: Spans, broken: Spans): Count => {
    const due = difference(spans, announced)
    const opened = lengthOf(spans)
    const up = lengthOf(difference(intersection(due, there), broken))
    return { open: opened, maintenance: opened - lengthOf(due), up }
  }
  const found = new Map([
    [presence, count(counted, [])],
    [all, count(counted, faults)],
  ])
  for (const [name, told] of Map.groupBy(past.capabilities, ({ capability }) => capability)) {
    const broken = union(told.filter(({ ok }) => !ok).map(spanOf))
    found.set(name, count(intersection(counted, union(told.map(spanOf))), broken))
  }
  return found
}
