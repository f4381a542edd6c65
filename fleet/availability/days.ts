import type { Span } from '../../protocol/local-time.ts'
import type { Clock } from '../clock.ts'
import type { History } from '../terminals/history.ts'
import { addTo, type Counts, countsIn, coursesIn, emptySum, type Past, within } from './count.ts'
import type { HoursBook, ShopHours } from './hours.ts'
import { announcedIn, announcedOf, isSettled, type Outage, openMsOf, outagesIn, touches } from './outages.ts'
import { type CalendarDay, calendar } from './periods.ts'
import type { Place } from './rows.ts'
import { type Day, Shelf, type View } from './shelf.ts'
import type { Spans } from './spans.ts'

export interface DaysParts {
  readonly history: History
  readonly hours: HoursBook
  readonly clock: Clock
  /** The ids of those outages of one terminal, all of them over, that were ended from afar. */
  readonly fixedRemotely: (outages: readonly Outage[]) => Promise<ReadonlySet<string>>
}

/** What one terminal was on the days of a range. */
export interface Course {
  readonly hours: ShopHours
  /** The whole days of the range, and what they come to. */
  readonly whole: Pick<View, 'days' | 'sum'>
  /** The days of which the range has a part. */
  readonly parts: readonly Day[]
  /** The outages that touch the range, in no order. */
  readonly outages: readonly Outage[]
}

/** The days of a range in a zone: all, those that lie in it whole, and those that it cuts. */
interface Asked {
  readonly asked: readonly CalendarDay[]
  readonly wholes: readonly CalendarDay[]
  readonly cut: readonly CalendarDay[]
  /** From the first to the last of the whole ones; touches nothing where there is none. */
  readonly middle: Span
}

/** What a course comes to. */
export const totalOf = ({ whole, parts }: Pick<Course, 'whole' | 'parts'>): Counts => {
  if (parts.length === 0) return whole.sum
  const total = emptySum()
  addTo(total, whole.sum)
  for (const { counts } of parts) addTo(total, counts)
  return total
}

const maxShared = 5000
const maxRanges = 50
/** How late it is seen how an outage ended that is just over, in milliseconds. */
const freshMs = 20_000

/**
 * The days of all terminals, counted once. What was counted is kept until the history says that it was otherwise, so a
 * second question is answered from memory. INVARIANT: what was read before a change was told is not kept after it.
 */
export class Days {
  readonly #parts: DaysParts
  readonly #shelves = new Map<string, Shelf>()
  /** Most days are like another one, and then share its figures. */
  readonly #shared = new Map<string, Counts>()
  /** The hours of a range, which are the same for all terminals that share them. */
  #opened = new WeakMap<ShopHours, Map<string, Spans>>()
  readonly #calendars = new Map<string, Asked>()

  constructor(parts: DaysParts) {
    this.#parts = parts
  }

  /** Forgets everything. */
  clear(): void {
    for (const known of [this.#shelves, this.#shared, this.#calendars]) known.clear()
    this.#opened = new WeakMap()
  }

  /**
   * Forgets what was counted of a terminal, or of all, from a moment on, and every day in which something lasted on:
   * its end may be what has changed.
   */
  forget(terminal: string | undefined, from: number): void {
    const ids = terminal === undefined ? [...this.#shelves.keys()] : [terminal]
    for (const id of ids) {
      const shelf = this.#shelves.get(id)
      if (shelf) this.#shelves.set(id, shelf.before(from))
    }
  }

  /** What a terminal was from then until then, or until now. */
  async between(place: Place, { from, until }: Span): Promise<Course> {
    const shelf = this.#shelf(place)
    const hours = await this.#parts.hours.of(place.id)
    const now = this.#parts.clock.now()
    const { asked, wholes, cut, middle } = this.#calendar(hours.timeZone, from, Math.min(until, now))
    let view = shelf.view(wholes, now)
    if (!view || !cut.every(({ day }) => shelf.opened(day, now))) {
      const missing = asked.filter((part) =>
        isWhole(part) ? !view && !this.#close(shelf, part, now) : !shelf.opened(part.day, now),
      )
      for (const run of runsOf(missing)) await this.#read(place.id, shelf, hours, run)
    }
    view ??= shelf.keep(wholes)
    const parts: Day[] = []
    const others: Outage[] = []
    for (const part of cut) {
      const day = shelf.open.get(part.day)
      if (!day) continue
      parts.push({ day: part.day, counts: countsIn(day.courses, part.from, part.until) })
      for (const one of day.outages) {
        const isKnown = touches(one, middle.from, middle.until) || others.some(({ id }) => id === one.id)
        if (!isKnown && touches(one, from, until)) others.push(one)
      }
    }
    shelf.trim()
    const outages = others.length === 0 ? view.outages : view.outages.concat(others)
    return { hours, whole: view, parts, outages }
  }

  /** Whether a whole day is counted; one that was open until it ended is counted without reading it again. */
  #close(shelf: Shelf, { day, whole }: CalendarDay, now: number): boolean {
    if (shelf.isClosed(day, now)) return true
    const open = shelf.opened(day, now)
    if (!open) return false
    const counts = this.#share(countsIn(open.courses, whole.from, whole.until))
    shelf.closed.set(day, { ...open, counts })
    return true
  }

  /** The days of a range, which are the same for the next terminal. */
  #calendar(timeZone: string, from: number, until: number): Asked {
    const key = `${timeZone} ${from} ${until}`
    const known = this.#calendars.get(key)
    if (known) return known
    const asked = calendar(timeZone, { from, until })
    const wholes = asked.filter(isWhole)
    const cut = asked.filter((day) => !isWhole(day))
    const middle = {
      from: wholes[0]?.from ?? Number.POSITIVE_INFINITY,
      until: wholes.at(-1)?.until ?? Number.NEGATIVE_INFINITY,
    }
    const days = { asked, wholes, cut, middle }
    if (this.#calendars.size >= maxRanges) this.#calendars.clear()
    this.#calendars.set(key, days)
    return days
  }

  /** Reads days in a row together and counts them. */
  async #read(terminal: string, shelf: Shelf, hours: ShopHours, days: readonly CalendarDay[]): Promise<void> {
    const [first, last] = [days[0], days.at(-1)]
    if (!first || !last) return
    const { history, clock } = this.#parts
    const readAt = clock.now()
    const range = { from: first.whole.from, until: last.whole.until }
    const past: Past = {
      presence: await history.presence(terminal, range.from, range.until),
      capabilities: await history.capabilities(terminal, range.from, range.until),
      maintenance: await history.maintenance(terminal, range.from, range.until),
    }
    const all = await this.#outages(past, hours, range)
    const courses = coursesIn(past, this.#open(hours, range))
    for (const part of days) {
      const { day, whole } = part
      const outages = all.filter((one) => touches(one, whole.from, whole.until))
      const isSure = outages.every((one) => isSettled(one, readAt))
      const kept = { whole, outages, staleAt: isSure ? Number.POSITIVE_INFINITY : readAt + freshMs }
      if (isWhole(part)) {
        const counts = this.#share(countsIn(courses, whole.from, whole.until))
        shelf.closed.set(day, { ...kept, counts })
      } else {
        shelf.open.delete(day)
        shelf.open.set(day, { ...kept, courses: within(courses, whole) })
      }
    }
  }

  #open(hours: ShopHours, { from, until }: Span): Spans {
    const ranges = this.#opened.get(hours) ?? new Map<string, Spans>()
    this.#opened.set(hours, ranges)
    const key = `${from} ${until}`
    const spans = ranges.get(key) ?? hours.open(from, until)
    if (ranges.size >= maxRanges) ranges.clear()
    ranges.set(key, spans)
    return spans
  }

  async #outages(past: Past, hours: ShopHours, read: Span): Promise<Outage[]> {
    const { history, fixedRemotely } = this.#parts
    const outages: Outage[] = []
    for (const outage of outagesIn(past)) {
      const isWithin = outage.from >= read.from && (outage.until ?? Number.POSITIVE_INFINITY) <= read.until
      const announced = isWithin ? announcedOf(past, outage) : await announcedIn(history, outage)
      const whole = { ...outage, announced }
      const { until } = outage
      outages.push(until === undefined ? whole : { ...whole, openMs: openMsOf(whole, hours, until) })
    }
    const fixed = await fixedRemotely(outages.filter(({ until }) => until !== undefined))
    return outages.map((one) =>
      one.until === undefined ? one : { ...one, fixedRemotely: fixed.has(one.id) },
    )
  }

  #share(counts: Counts): Counts {
    let key = ''
    for (const count of counts) key += count ? `${count.open} ${count.maintenance} ${count.up} ` : '- '
    const known = this.#shared.get(key)
    if (known) return known
    if (this.#shared.size >= maxShared) this.#shared.clear()
    this.#shared.set(key, counts)
    return counts
  }

  /** What is about a place is about another one once a terminal has moved. */
  #shelf({ id, village, district }: Place): Shelf {
    const known = this.#shelves.get(id)
    if (known && known.village === village && known.district === district) return known
    const shelf = new Shelf(village, district)
    this.#shelves.set(id, shelf)
    return shelf
  }
}

const isWhole = ({ from, until, whole }: CalendarDay): boolean => from === whole.from && until === whole.until

/** Days that follow one another, together. */
const runsOf = (days: readonly CalendarDay[]): CalendarDay[][] => {
  const runs: CalendarDay[][] = []
  for (const day of days) {
    const run = runs.at(-1)
    if (run?.at(-1)?.whole.until === day.whole.from) run.push(day)
    else runs.push([day])
  }
  return runs
}
