import type { TimeRange } from '../health-api.ts'

export const spans = ['day', 'week', 'month'] as const
export type Span = (typeof spans)[number]

const hour = 3_600_000
const day = 24 * hour

/** The length of each span, in milliseconds. */
export const spanMs: Readonly<Record<Span, number>> = { day, week: 7 * day, month: 30 * day }

/** What timeline and charts show: a span that ends now, or a part of the past that was marked. */
export type View = { readonly span: Span } | { readonly span: Span; readonly part: TimeRange }

/** The range of time that a view shows. */
export const rangeOf = (view: View, now: number): TimeRange =>
  'part' in view ? view.part : { from: now - spanMs[view.span], until: now }

/** Where a moment lies in a range, as a share of it; what lies outside is at its edge. */
export const placeOf = ({ from, until }: TimeRange, at: number): number =>
  Math.min(1, Math.max(0, (at - from) / (until - from)))

/** A moment that is named below the timeline. */
export interface Tick {
  readonly at: number
  /** Whether it is the beginning of a day. */
  readonly midnight: boolean
}

const stepsMs = [hour / 12, hour / 4, hour / 2, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day]
const widestMs = 5 * day

/**
 * The moments to be named, at most `most` of them: round hours and midnights of the clock that whoever looks goes by,
 * also where that clock was changed.
 */
export const ticksOf = ({ from, until }: TimeRange, most = 8): readonly Tick[] => {
  const step = stepsMs.find((one) => (until - from) / one <= most) ?? widestMs
  const ticks: Tick[] = []
  const midnight = new Date(from)
  midnight.setHours(0, 0, 0, 0)
  const days = Math.max(1, step / day)
  while (midnight.getTime() < until) {
    const next = new Date(midnight)
    next.setDate(next.getDate() + days)
    const end = Math.min(next.getTime(), until)
    for (let at = midnight.getTime(); at < end; at += Math.min(step, day * days)) {
      // The last tick before a midnight gives way when a changed clock brings it too near.
      const crowded = at !== midnight.getTime() && next.getTime() - at < step / 2
      if (at >= from && !crowded) ticks.push({ at, midnight: at === midnight.getTime() })
    }
    midnight.setTime(next.getTime())
  }
  return ticks
}
