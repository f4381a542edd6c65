import type { Span } from '../../protocol/local-time.ts'
import { addTo, type Counts, type Courses, emptySum } from './count.ts'
import type { Outage } from './outages.ts'
import type { CalendarDay } from './periods.ts'

/** The figures of one day, or of a part of it. */
export interface Day {
  readonly day: number
  readonly counts: Counts
}

interface KeptDay {
  /** From midnight to midnight. */
  readonly whole: Span
  readonly outages: readonly Outage[]
  /** When it has to be read anew although nobody told of a change. */
  readonly staleAt: number
}

/** A day that is over. */
type ClosedDay = KeptDay & { readonly counts: Counts }

/** A day of which a part was asked for, in a form from which every part can be counted. */
type OpenDay = KeptDay & { readonly courses: Courses }

/** Whole days in a row, added up. */
export interface View extends Pick<KeptDay, 'staleAt'> {
  readonly days: readonly Day[]
  readonly sum: Counts
  readonly outages: readonly Outage[]
}

/** Days of a terminal that are kept: a quarter of a year to look back on, the ends of a few ranges, and their sums. */
const keptClosed = 100
const keptOpen = 3
const keptViews = 3

const none: View = { days: [], sum: emptySum(), outages: [], staleAt: Number.POSITIVE_INFINITY }

/** What was counted of one terminal while it stood in one place. */
export class Shelf {
  readonly village: string
  readonly district: string
  readonly closed = new Map<number, ClosedDay>()
  readonly open = new Map<number, OpenDay>()
  readonly #views = new Map<number, View>()

  constructor(village: string, district: string) {
    this.village = village
    this.district = district
  }

  /** What holds although something has changed from a moment on. */
  before(from: number): Shelf {
    const shelf = new Shelf(this.village, this.district)
    const holds = ({ whole, outages }: Pick<ClosedDay, 'whole' | 'outages'>) =>
      whole.until <= from && outages.every(({ until }) => until !== undefined)
    for (const [day, kept] of this.closed) if (holds(kept)) shelf.closed.set(day, kept)
    for (const [day, kept] of this.open) if (holds(kept)) shelf.open.set(day, kept)
    return shelf
  }

  isClosed(day: number, now: number): boolean {
    return isFresh(this.closed.get(day), now)
  }

  /** A day of which any part can be counted. */
  opened(day: number, now: number): OpenDay | undefined {
    const known = this.open.get(day)
    return isFresh(known, now) ? known : undefined
  }

  /** These whole days, in a row, where they were added up before. */
  view(days: readonly CalendarDay[], now: number): View | undefined {
    if (days.length === 0) return none
    const known = this.#views.get(keyOf(days))
    return isFresh(known, now) ? known : undefined
  }

  /** Adds up whole days, in a row, that are closed. */
  keep(wanted: readonly CalendarDay[]): View {
    const days: Day[] = []
    const sum = emptySum()
    const outages = new Map<string, Outage>()
    let staleAt = Number.POSITIVE_INFINITY
    for (const { day } of wanted) {
      const closed = this.closed.get(day)
      if (!closed) continue
      days.push({ day, counts: closed.counts })
      addTo(sum, closed.counts)
      for (const outage of closed.outages) outages.set(outage.id, outage)
      staleAt = Math.min(staleAt, closed.staleAt)
    }
    const view = { days, sum, outages: [...outages.values()], staleAt }
    this.#views.set(keyOf(wanted), view)
    return view
  }

  /** Lets go of what was kept first. */
  trim(): void {
    trim(this.closed, keptClosed)
    trim(this.open, keptOpen)
    trim(this.#views, keptViews)
  }
}

const isFresh = <T extends { readonly staleAt: number }>(kept: T | undefined, now: number): kept is T =>
  kept !== undefined && now < kept.staleAt

/** Of days in a row: which is the first, and how many they are. */
const keyOf = (days: readonly CalendarDay[]): number => (days[0]?.day ?? 0) * 10_000 + days.length

const trim = (kept: Map<unknown, unknown>, most: number): void => {
  if (kept.size <= most) return
  for (const key of kept.keys()) {
    kept.delete(key)
    if (kept.size <= most) return
  }
}
