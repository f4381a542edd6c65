import { dayMs } from '../../protocol/local-time.ts'
import type { MetricName } from '../../protocol/vitals.ts'
import type { Forecast } from '../api/health-schemas.ts'
import type { Clock } from '../clock.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { createPause } from './pause.ts'
import type { Place } from './rows.ts'
import { fallOf } from './slope.ts'

export interface ForecastsParts {
  readonly telemetry: Pick<Telemetry, 'latest' | 'series'>
  readonly clock: Clock
}

type Ahead = Pick<Forecast, 'what' | 'left' | 'daysLeft'>

/** What runs out, how much of it is left by its metric, and from how many days before its end it is told. */
const stocks: readonly {
  readonly what: Forecast['what']
  readonly metric: MetricName
  readonly leftOf: (value: number) => number
  readonly toldDays: number
}[] = [
  { what: 'paper', metric: 'printer_paper', leftOf: (value) => value, toldDays: 60 },
  { what: 'toner', metric: 'printer_supply', leftOf: (value) => value, toldDays: 90 },
  { what: 'disk', metric: 'disk', leftOf: (value) => 1 - value, toldDays: 180 },
]
/** A certificate renews itself long before; one so close to its end has failed to. */
const certificateDays = 7

const lookBackMs = 28 * dayMs
const stepMs = dayMs / 4
/** What runs out in days is looked at anew each hour. */
const freshMs = 3_600_000

/** What will run out at the terminals, by how it was used in the last four weeks. */
export class Forecasts {
  readonly #parts: ForecastsParts
  readonly #known = new Map<string, { readonly at: number; readonly ahead: Promise<readonly Ahead[]> }>()
  /** Resolves when those that were due to be looked at anew have been, one after another. */
  #renewed: Promise<unknown> = Promise.resolve()

  constructor(parts: ForecastsParts) {
    this.#parts = parts
  }

  /** What is told of these terminals, the soonest end first. */
  async of(places: readonly Place[]): Promise<Forecast[]> {
    const pause = createPause()
    const found: Forecast[] = []
    for (const { id: terminal, village } of places) {
      const ahead = [...(await this.#ahead(terminal)), ...this.#certificate(terminal)]
      found.push(...ahead.map((one) => ({ terminal, village, ...one })))
      await pause()
    }
    return found.sort((one, other) => one.daysLeft - other.daysLeft)
  }

  #ahead(terminal: string): Promise<readonly Ahead[]> {
    const now = this.#parts.clock.now()
    const known = this.#known.get(terminal)
    if (known && now - known.at < freshMs) return known.ahead
    if (known) {
      // Nobody waits for it: what was true an hour ago still nearly is.
      this.#known.set(terminal, { at: now, ahead: known.ahead })
      this.#renewed = this.#renewed.then(() => this.#renew(terminal, now)).catch(() => {})
      return known.ahead
    }
    return this.#renew(terminal, now)
  }

  #renew(terminal: string, now: number): Promise<readonly Ahead[]> {
    const ahead = this.#look(terminal, now)
    const before = this.#known.get(terminal)
    const known = { at: now, ahead: before ? ahead.catch(() => before.ahead) : ahead }
    this.#known.set(terminal, known)
    known.ahead.catch(() => this.#known.delete(terminal))
    return ahead
  }

  async #look(terminal: string, now: number): Promise<Ahead[]> {
    const ahead: Ahead[] = []
    const latest = this.#parts.telemetry.latest(terminal)
    for (const { what, metric, leftOf, toldDays } of stocks) {
      const reading = latest[metric]
      // What a terminal no longer measures cannot be told of.
      if (!reading || now - reading.at > lookBackMs) continue
      const query = { terminal, metric, from: now - lookBackMs, until: now, step: stepMs }
      const points = await this.#parts.telemetry.series(query)
      const fall = fallOf(points.map(({ at, average }) => ({ at, value: leftOf(average) })))
      const left = Math.min(1, Math.max(0, leftOf(reading.value)))
      const daysLeft = fall === undefined ? Number.POSITIVE_INFINITY : left / fall / dayMs
      if (daysLeft <= toldDays) ahead.push({ what, left, daysLeft })
    }
    return ahead
  }

  /** Its end is known to the second: nothing to reckon. */
  #certificate(terminal: string): Ahead[] {
    const reading = this.#parts.telemetry.latest(terminal).certificate
    if (!reading) return []
    const daysLeft = (reading.at + reading.value * 1000 - this.#parts.clock.now()) / dayMs
    return daysLeft <= certificateDays ? [{ what: 'certificate', daysLeft: Math.max(0, daysLeft) }] : []
  }
}
