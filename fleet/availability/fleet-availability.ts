import { defaultConfiguration } from '../../protocol/configuration.ts'
import { dayNumber, type Span } from '../../protocol/local-time.ts'
import type { Availability, Downtime } from '../api/health-schemas.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { History } from '../terminals/history.ts'
import { type Course, Days } from './days.ts'
import { HoursBook, type HoursSource } from './hours.ts'
import { MeanTimes } from './means.ts'
import { type Outage, openMsOf } from './outages.ts'
import { createPause } from './pause.ts'
import type { PeriodLength } from './periods.ts'
import { type Grouping, type GroupRows, type Place, Totals } from './rows.ts'

/** Somebody who tells that something has changed. */
interface Told<T extends readonly unknown[]> {
  watch(onlooker: (...news: T) => void): () => void
}

export interface FleetAvailabilityParts {
  readonly history: History
  readonly configurations: HoursSource & Told<[{ readonly terminal: string; readonly version: number }]>
  /** Tells from when on windows have changed. */
  readonly maintenance: Told<[from: number]>
  readonly fixedRemotely: (outages: readonly Outage[]) => Promise<ReadonlySet<string>>
  readonly clock: Clock
}

export interface AvailabilityWish extends Span {
  readonly by: Grouping
  readonly per?: PeriodLength | undefined
  readonly capability?: string | undefined
}

/** So many rows are one answer: every day of a month of 700 terminals. */
const mostRows = 25_000
const mostDowntimes = 10_000

/** How much of shop hours the terminals and what they can do was there, and when it was not. */
export class FleetAvailability {
  readonly #parts: FleetAvailabilityParts
  readonly #hours: HoursBook
  readonly #days: Days
  #stops: (() => void)[] = []

  constructor(parts: FleetAvailabilityParts) {
    this.#parts = parts
    this.#hours = new HoursBook(parts.configurations)
    this.#days = new Days({ ...parts, hours: this.#hours })
  }

  /** From here on what is said anew is counted anew; of what was before nothing is kept. */
  async start(): Promise<void> {
    const { history, configurations, maintenance, clock } = this.#parts
    // The first look at a zone's clocks takes some 30 ms of the event loop, so nobody's question shall be that look.
    dayNumber(defaultConfiguration.openingHours.timeZone, clock.now())
    this.#hours.clear()
    this.#days.clear()
    this.#stops = [
      history.watch(({ terminal, from }) => this.#days.forget(terminal, from)),
      history.watchCapabilities((terminal, from) => this.#days.forget(terminal, from)),
      configurations.watch(({ terminal, version }) => {
        if (this.#hours.changed(terminal, version)) this.#days.forget(terminal, Number.NEGATIVE_INFINITY)
      }),
      maintenance.watch((from) => this.#days.forget(undefined, from)),
    ]
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
  }

  /** What one terminal was in a range. */
  course(place: Place, range: Span): Promise<Course> {
    return this.#days.between(place, range)
  }

  /**
   * The figures of these terminals: hands over rows as soon as they are counted, so that they need not be kept, and
   * gives what stands beside them. Throws `ProblemError` `invalid` when the answer would be too long.
   */
  async availability(
    places: readonly Place[],
    wish: AvailabilityWish,
    write: (rows: GroupRows) => void,
  ): Promise<Omit<Availability, 'rows'>> {
    const pause = createPause()
    const now = this.#parts.clock.now()
    // The same end for all, however long it takes.
    const range = { from: wish.from, until: Math.min(wish.until, now) }
    const totals = new Totals(wish)
    const means = new MeanTimes(range, wish.capability, now)
    let written = 0
    const hand = (group: GroupRows) => {
      written += group.rows.length
      if (written > mostRows) {
        throw new ProblemError(
          'invalid',
          'The answer would be too long: ask for one capability, or less time',
        )
      }
      write(group)
    }
    for (const place of places) {
      const course = await this.#days.between(place, range)
      totals.add(place, course)
      means.add(course.outages, course.hours)
      if (wish.by === 'terminal') for (const group of totals.take()) hand(group)
      await pause()
    }
    for (const group of totals.take()) {
      hand(group)
      await pause()
    }
    return { from: wish.from, until: wish.until, ...means.means() }
  }

  /** The outages of these terminals that touch a range, the newest first, at most 10,000. */
  async downtimes(places: readonly Place[], range: Span): Promise<Downtime[]> {
    const pause = createPause()
    const now = this.#parts.clock.now()
    const found: Downtime[] = []
    for (const place of places) {
      const { id: terminal, village, district } = place
      const { outages, hours } = await this.#days.between(place, {
        ...range,
        until: Math.min(range.until, now),
      })
      for (const outage of outages) {
        const { id, capability, from, until, reason, note, fixedRemotely } = outage
        found.push({
          ...{ id, terminal, village, district, capability, from },
          ...(until === undefined ? {} : { until }),
          ...{ openSeconds: openMsOf(outage, hours, now) / 1000, reason },
          ...(note === undefined ? {} : { note }),
          ...(fixedRemotely === undefined ? {} : { fixedRemotely }),
        })
      }
      await pause()
    }
    return found.sort((one, other) => other.from - one.from).slice(0, mostDowntimes)
  }
}
