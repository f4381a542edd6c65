import type { Span } from '../../protocol/local-time.ts'
import { ProfileMessage } from '../../protocol/messages.ts'
import type { TerminalState } from '../api/schemas.ts'
import type { CapabilityInterval, MaintenanceWindow, PresenceInterval } from '../terminals/history.ts'
import { difference, intersection, lengthOf, lengthWithin, type Spans, union } from './spans.ts'

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

/** The terminal answers. */
export const presence = 'presence'
/** The terminal answers and all that it can do works. */
export const all = 'all'

/** What is counted, in the order in which it is told. */
export const counted: readonly string[] = [
  ...[presence, all],
  ...Object.keys(ProfileMessage.properties.capabilities.properties).sort(),
]

/** Of each of `counted`, at its place there; nothing where nothing is known of it. */
export type Counts = readonly (Count | undefined)[]

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

/** Of each of `counted`, at its place there. */
export type Courses = readonly (Course | undefined)[]

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
  const told = Map.groupBy(past.capabilities, ({ capability }) => capability)
  return counted.map((name) => {
    if (name === presence) return { open: whole, due: wholeDue, up: wholeUp }
    if (name === all) return { open: whole, due: wholeDue, up: difference(wholeUp, faults) }
    const intervals = told.get(name)
    return intervals && courseOf(intervals, { open: whole, due: wholeDue, up: wholeUp })
  })
}

/** Where a capability counts at a terminal that counts there. */
const courseOf = (intervals: readonly CapabilityInterval[], { open, due, up }: Course): Course => {
  const told = union(intervals.map(spanOf))
  const broken = union(intervals.filter(({ ok }) => !ok).map(spanOf))
  const [first] = told
  const isTold = told.length === 1 && first && covers(first, open)
  const among = (spans: Spans) => (isTold ? spans : intersection(spans, told))
  return { open: among(open), due: among(due), up: difference(among(up), broken), told }
}

/** The counts of a part of what courses are known of; courses that are one have one count. */
export const countsIn = (courses: Courses, from: number, until: number): Counts => {
  const [whole] = courses
  const usual = whole && countIn(whole, from, until)
  return courses.map((course) => (course === whole ? usual : course && countIn(course, from, until)))
}

const countIn = ({ open, due, up, told }: Course, from: number, until: number): Count | undefined => {
  if (told && lengthWithin(told, from, until) === 0) return undefined
  const opened = lengthWithin(open, from, until)
  const maintenance = open === due ? 0 : opened - lengthWithin(due, from, until)
  return { open: opened, maintenance, up: lengthWithin(up, from, until) }
}

/** The part of courses that lies in a range. What was told of all of it and worked as the terminal did is one course. */
export const within = (courses: Courses, range: Span): Courses => {
  const part = (spans: Spans) => intersection(spans, [range])
  let whole: Course | undefined
  return courses.map((course) => {
    if (!course) return undefined
    const told = course.told && part(course.told)
    const open = part(course.open)
    const due = course.due === course.open ? open : part(course.due)
    const kept = { open, due, up: part(course.up) }
    if (told && lengthOf(told) < range.until - range.from) return { ...kept, told }
    whole ??= kept
    return areAlike(kept.up, whole.up) ? whole : kept
  })
}

/** Counts that are added to; the same fields as those of `Count`. */
interface Total {
  open: number
  maintenance: number
  up: number
}

/** What counts come to, each of `counted` at its place. */
export type Sum = (Total | undefined)[]

/** Nothing yet. */
export const emptySum = (): Sum => counted.map(() => undefined)

const everyPlace = [...counted.keys()]

/** Adds counts to a sum, those at some places alone where these are told. */
export const addTo = (sum: Sum, more: Counts, places: readonly number[] = everyPlace): void => {
  for (const place of places) {
    const count = more[place]
    if (!count) continue
    const total = sum[place]
    if (total) {
      total.open += count.open
      total.maintenance += count.maintenance
      total.up += count.up
    } else sum[place] = { open: count.open, maintenance: count.maintenance, up: count.up }
  }
}

const areAlike = (some: Spans, others: Spans): boolean =>
  some.length === others.length &&
  some.every(({ from, until }, n) => from === others[n]?.from && until === others[n]?.until)

const covers = (span: Span, spans: Spans): boolean => {
  const [first, last] = [spans[0], spans.at(-1)]
  return !first || !last || (span.from <= first.from && span.until >= last.until)
}
