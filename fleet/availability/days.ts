import { dayMs, type Span } from '../../protocol/local-time.ts'
import type { Clock } from '../clock.ts'
import type { History } from '../terminals/history.ts'
import { type Counts, countIn, type Past } from './count.ts'
import type { HoursBook, ShopHours } from './hours.ts'
import { announcedIn, announcedOf, type Outage, openMsOf, outagesIn, touches } from './outages.ts'
import { type CalendarDay, calendar } from './periods.ts'

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
  readonly days: readonly { readonly day: number; readonly counts: Counts }[]
  /** The outages that touch the range, the oldest first. */
  readonly outages: readonly Outage[]
}

interface ClosedDay {
  readonly counts: Counts
  readonly outages: readonly Outage[]
}

/** A day of which a part was asked for, whole as it was read. */
interface OpenDay {
  readonly past: Past
  readonly outages: readonly Outage[]
  readonly readAt: number
}

interface Shelf {
  readonly closed: Map<number, ClosedDay>
  readonly open: Map<number, OpenDay>
}

/** Days of a terminal that are kept: a year and a month to look back on, and the ends of a few ranges. */
const keptClosed = 400
const keptOpen = 3
/** What is told by nobody, as a fault that a terminal mentions in passing, is seen that late, in milliseconds. */
const freshMs = 20_000
const maxShared = 5000

/**
 * The days of all terminals, counted once. A day that is over never changes unless somebody edits it, so what was
 * counted is kept until the history says that it was otherwise. INVARIANT: what was read before a change was told is
 * not kept after it.
 */
export class Days {
  readonly #parts: DaysParts
  readonly #shelves = new Map<string, Shelf>()
  /** Most days are like another one, and then share its figures. */
  readonly #shared = new Map<string, Counts>()
  #calendarNow: { readonly key: string; readonly days: readonly CalendarDay[] } = { key: '', days: [] }

  constructor(parts: DaysParts) {
    this.#parts = parts
  }

  /**
   * Forgets what was counted of a terminal, or of all, from a moment on, and every day in which something lasted on:
   * its end may be what has changed.
   */
  forget(terminal: string | undefined, from: number): void {
    // A day more on either side is right in every zone.
    const first = Math.floor(from / dayMs) - 1
    const shelves = terminal === undefined ? this.#shelves.keys() : [terminal]
    for (const id of shelves) {
      const { closed, open } = this.#shelf(id)
      const keep = ([day, { outages }]: readonly [number, Pick<ClosedDay, 'outages'>]) =>
        day < first && outages.every(({ until }) => until !== undefined)
      const kept = { closed: [...closed].filter(keep), open: [...open].filter(keep) }
      this.#shelves.set(id, { closed: new Map(kept.closed), open: new Map(kept.open) })
    }
  }

  /** What a terminal was from then until then, or until now. */
  async between(terminal: string, { from, until }: Span): Promise<Course> {
    const hours = await this.#parts.hours.of(terminal)
    const asked = this.#calendar(hours.timeZone, from, Math.min(until, this.#parts.clock.now()))
    const shelf = this.#shelf(terminal)
    await this.#close(terminal, shelf, hours, asked)
    const days: { day: number; counts: Counts }[] = []
    const outages = new Map<string, Outage>()
    for (const part of asked) {
      const closed = isWhole(part) ? shelf.closed.get(part.day) : undefined
      const open = closed ? undefined : await this.#open(terminal, shelf, hours, part)
      const counts =
        closed?.counts ?? (open ? countIn(open.past, hours.open(part.from, part.until)) : undefined)
      if (counts) days.push({ day: part.day, counts })
      for (const outage of (closed ?? open)?.outages ?? []) {
        if (touches(outage, from, until)) outages.set(outage.id, outage)
      }
    }
    return { hours, days, outages: [...outages.values()].sort((one, other) => one.from - other.from) }
  }

  /** The days of a range, which are the same for the next terminal. */
  #calendar(timeZone: string, from: number, until: number): readonly CalendarDay[] {
    const key = `${timeZone} ${from} ${until}`
    if (this.#calendarNow.key !== key) this.#calendarNow = { key, days: calendar(timeZone, { from, until }) }
    return this.#calendarNow.days
  }

  /** Counts the whole days that were not counted yet, those in a row together. */
  async #close(
    terminal: string,
    shelf: Shelf,
    hours: ShopHours,
    asked: readonly CalendarDay[],
  ): Promise<void> {
    const missing = asked.filter((part) => isWhole(part) && !shelf.closed.has(part.day))
    for (let n = 0; n < missing.length; ) {
      let end = n + 1
      while (end < missing.length && missing[end]?.from === missing[end - 1]?.until) end++
      const days = missing.slice(n, end)
      const [first, last] = [days[0], days.at(-1)]
      n = end
      if (!first || !last) continue
      const past = await this.#read(terminal, first.from, last.until)
      const outages = await this.#outages(past, hours, { from: first.from, until: last.until })
      for (const { day, from, until } of days) {
        const counts = this.#share(countIn(within(past, from, until), hours.open(from, until)))
        shelf.closed.set(day, { counts, outages: outages.filter((one) => touches(one, from, until)) })
      }
    }
    trim(shelf.closed, keptClosed + asked.length)
  }

  async #open(terminal: string, shelf: Shelf, hours: ShopHours, part: CalendarDay): Promise<OpenDay> {
    const now = this.#parts.clock.now()
    const { from: begin, until: end } = part.whole
    const known = shelf.open.get(part.day)
    if (known && (known.readAt >= end || now - known.readAt < freshMs)) return known
    const past = await this.#read(terminal, begin, end)
    const read = { past, outages: await this.#outages(past, hours, part.whole), readAt: now }
    shelf.open.delete(part.day)
    shelf.open.set(part.day, read)
    trim(shelf.open, keptOpen)
    return read
  }

  async #read(terminal: string, from: number, until: number): Promise<Past> {
    const { history } = this.#parts
    const presence = await history.presence(terminal, from, until)
    const capabilities = await history.capabilities(terminal, from, until)
    return { presence, capabilities, maintenance: await history.maintenance(terminal, from, until) }
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
    const key = [...counts]
      .map(([name, count]) => [name, count.open, count.maintenance, count.up].join())
      .join()
    const known = this.#shared.get(key)
    if (known) return known
    if (this.#shared.size >= maxShared) this.#shared.clear()
    this.#shared.set(key, counts)
    return counts
  }

  #shelf(terminal: string): Shelf {
    const known = this.#shelves.get(terminal)
    if (known) return known
    const shelf: Shelf = { closed: new Map(), open: new Map() }
    this.#shelves.set(terminal, shelf)
    return shelf
  }
}

const isWhole = ({ from, until, whole }: CalendarDay): boolean => from === whole.from && until === whole.until

/** What touches a part of a past. */
const within = (past: Past, from: number, until: number): Past => ({
  presence: past.presence.filter((one) => touches(one, from, until)),
  capabilities: past.capabilities.filter((one) => touches(one, from, until)),
  maintenance: past.maintenance.filter((one) => touches(one, from, until)),
})

/** Lets go of what was kept first. */
const trim = (days: Map<number, unknown>, most: number): void => {
  for (const day of days.keys()) {
    if (days.size <= most) return
    days.delete(day)
  }
}
