import type { AlertRule } from '../../api/incident-schemas.ts'

/** How it went with one rule and what it watches. Records are replaced, never changed; times in milliseconds. */
export interface Course {
  readonly bad: boolean
  /** Since when it is so. */
  readonly since: number
  /** Since when it is bad and nothing excuses it. */
  readonly waitingSince?: number
  /** The newest changes, no more than the rule needs to call it flapping. */
  readonly changes: readonly number[]
  /** Whether it is told as an incident. */
  readonly raised: boolean
  readonly flapping: boolean
  readonly detail?: string
}

/** What a step means for the incidents. */
export type Mark = 'raise' | 'flap' | 'clear'

export interface Step {
  readonly course: Course
  readonly mark?: Mark
}

/** What is known at one moment. */
export interface Observation {
  readonly now: number
  /** Not there when there is no new word of it. */
  readonly bad?: boolean | undefined
  /** A thing that happens rather than lasts: it is told at once, and over after the time to clear. */
  readonly happened?: boolean
  /** When it began, where that is known. */
  readonly since?: number
  readonly detail?: string
  /** Whether maintenance, a planned stop or a closed shop excuse it. */
  readonly excused: boolean
}

export type Times = Pick<AlertRule, 'graceSeconds' | 'clearSeconds' | 'flapping'>

/** Nothing has happened yet. */
export const calm = (now: number): Course => ({
  bad: false,
  since: now,
  changes: [],
  raised: false,
  flapping: false,
})

const changedTo = (course: Course, seen: Observation, changes: readonly number[]): Course => {
  const { now, bad, excused, happened = false } = seen
  const { waitingSince: _, ...rest } = course
  const since = Math.min(seen.since ?? now, now)
  const isBad = bad === true && !happened
  return { ...rest, bad: isBad, since, changes, ...(isBad && !excused ? { waitingSince: since } : {}) }
}

/** Takes in what is new, without a judgement. What is excused does not count as a change. */
const noticed = (course: Course, times: Times, seen: Observation): Course => {
  const { now, bad, excused, happened = false } = seen
  const horizon = now - times.flapping.seconds * 1000
  const changed = happened || (bad !== undefined && bad !== course.bad)
  const added = changed && !excused ? [...course.changes, now] : course.changes
  const changes = added.filter((at) => at > horizon).slice(-times.flapping.changes)
  const next = changed ? changedTo(course, seen, changes) : { ...course, changes }
  // What is said of a thing that is well explains nothing.
  const explains = happened || bad === true
  return { ...next, ...(explains && seen.detail !== undefined ? { detail: seen.detail } : {}) }
}

const isOver = (course: Course, { clearSeconds }: Times, { now }: Observation, lasts: boolean): boolean =>
  !course.bad &&
  !course.flapping &&
  // What only happened, and has no time to clear, is for a person to end.
  (lasts || clearSeconds > 0) &&
  now - course.since >= clearSeconds * 1000

const waited = (course: Course, { graceSeconds }: Times, { now, excused }: Observation): Step => {
  const { waitingSince, ...rest } = course
  if (!course.bad || excused) return { course: rest }
  const waiting = { ...rest, waitingSince: waitingSince ?? now }
  if (now - waiting.waitingSince < graceSeconds * 1000) return { course: waiting }
  return { course: { ...waiting, raised: true }, mark: 'raise' }
}

/**
 * One step of a course: what becomes of it at this moment, and what that means for the incidents. `lasts` tells
 * conditions, which are bad or not, from things that only happen.
 */
export const advance = (before: Course, times: Times, seen: Observation, lasts = true): Step => {
  const course = noticed(before, times, seen)
  const tooMany = course.changes.length >= times.flapping.changes
  // It is calm when the whole time went by without a change.
  const settled = course.changes.length === 0
  const flapping = before.flapping ? !settled : tooMany && !seen.excused
  if (flapping && !before.flapping) return { course: { ...course, flapping, raised: true }, mark: 'flap' }
  const current = { ...course, flapping }
  if (seen.happened && !seen.excused) return { course: { ...current, raised: true }, mark: 'raise' }
  if (!current.raised) return lasts ? waited(current, times, seen) : { course: current }
  if (!isOver(current, times, seen, lasts)) return { course: current }
  return { course: { ...current, raised: false }, mark: 'clear' }
}

/** Whether nothing is to be remembered of it. */
export const isCalm = ({ bad, raised, flapping, changes }: Course): boolean =>
  !bad && !raised && !flapping && changes.length === 0
