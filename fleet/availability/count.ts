import type { Span } from '../../protocol/local-time.ts'
import type { TerminalState } from '../api/schemas.ts'
import type { CapabilityInterval, MaintenanceWindow, PresenceInterval } from '../terminals/history.ts'
import { difference, intersection, lengthWithin, type Spans, union } from './spans.ts'

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

/** Where a thing is counted: in shop hours, in those of them that nobody announced, and while it worked. */
export interface Course {
  readonly open: Spans
  readonly due: Spans
  readonly up: Spans
  /** Where anything is known of a capability; it has a count where it has such a time. */
  readonly told?: Spans
}

/** By capability, and for `presence` and `all`. */
export type Courses = ReadonlyMap<string, Course>

/**
 * Where things count in these spans of shop hours.
 *
 * - A moment counts while the history knows the terminal to be of the fleet: not before its first time there, not
 *   retired, not where the fleet itself was away and nobody can tell. For a capability it counts from its first report.
 * - The terminal answers while it is `online` or `reduced`; the time of grace does not count as an answer.
 * - Maintenance is what a window announces or the terminal itself took leave for.
 * - A capability works while the terminal answers and nothing says that it does not; `all` while all of them work.
 */
export const coursesIn = (past: Past, open: Spans): Courses => {
  const known = past.presence.filter(({ state }) => counts(state))
  const seen = union(
    known.map(({ unseenUntil = 0, ...rest }) => spanOf({ ...rest, from: Math.max(rest.from, unseenUntil) })),
  )
  const there = union(known.filter(({ state }) => isThere(state)).map(spanOf))
  const left = known.filter(({ state }) => state === 'maintenance').map(spanOf)
  const announced = union([...past.maintenance.map(spanOf), ...left])
  const whole = intersection(open, seen)
  const wholeDue = difference(whole, announced)
  const wholeUp = intersection(wholeDue, there)
  const faults = union(past.capabilities.filter(({ ok }) => !ok).map(spanOf))
  const found = new Map<string, Course>([
    [presence, { open: whole, due: wholeDue, up: wholeUp }],
    [all, { open: whole, due: wholeDue, up: difference(wholeUp, faults) }],
  ])
  for (const [name, intervals] of Map.groupBy(past.capabilities, ({ capability }) => capability)) {
    const told = union(intervals.map(spanOf))
    const broken = union(intervals.filter(({ ok }) => !ok).map(spanOf))
    const [first] = told
    const isTold = told.length === 1 && first && covers(first, whole)
    const among = (spans: Spans) => (isTold ? spans : intersection(spans, told))
    found.set(name, {
      ...{ open: among(whole), due: among(wholeDue), told },
      up: difference(among(wholeUp), broken),
    })
  }
  return found
}

/** The counts of a part of what courses are known of. */
export const countsIn = (courses: Courses, from: number, until: number): Counts => {
  const found = new Map<string, Count>()
  for (const [name, { open, due, up, told }] of courses) {
    if (told && lengthWithin(told, from, until) === 0) continue
    const opened = lengthWithin(open, from, until)
    const maintenance = open === due ? 0 : opened - lengthWithin(due, from, until)
    found.set(name, { open: opened, maintenance, up: lengthWithin(up, from, until) })
  }
  return found
}

/** The part of courses that lies in a range; lists that were one stay one. */
export const within = (courses: Courses, range: Span): Courses => {
  const cut = new Map<Spans, Spans>()
  const part = (spans: Spans): Spans => {
    const known = cut.get(spans)
    if (known) return known
    const made = intersection(spans, [range])
    cut.set(spans, made)
    return made
  }
  const found = new Map<string, Course>()
  for (const [name, { open, due, up, told }] of courses) {
    const kept = { open: part(open), due: part(due), up: part(up) }
    found.set(name, told ? { ...kept, told: part(told) } : kept)
  }
  return found
}

/** Adds counts to a sum. */
export const addTo = (sum: Map<string, Count>, more: Counts): void => {
  for (const [name, { open, maintenance, up }] of more) {
    const before = sum.get(name)
    sum.set(
      name,
      before
        ? { open: before.open + open, maintenance: before.maintenance + maintenance, up: before.up + up }
        : { open, maintenance, up },
    )
  }
}

const covers = (span: Span, spans: Spans): boolean => {
  const [first, last] = [spans[0], spans.at(-1)]
  return !first || !last || (span.from <= first.from && span.until >= last.until)
}
