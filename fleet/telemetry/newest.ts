import { type MetricName, metricNames } from '../../protocol/vitals.ts'
import type { Samples } from './batch.ts'
import { eachMetric, tidy } from './packing.ts'
import type { Reading } from './telemetry.ts'

/** For each of `metricNames` its newest value, and of when that is in milliseconds; 0 where there is none. */
export interface Readings {
  readonly values: Float64Array
  readonly ats: Float64Array
}

/** The newest value of each metric of each terminal, in memory. */
export class Newest {
  readonly #readings = new Map<string, Readings>()

  /** Takes in samples; a value that is older than the one that is known changes nothing. */
  take(terminal: string, { ats, values }: Samples): void {
    for (const [index, at] of ats.entries()) {
      for (let metric = 0; metric < metricNames.length; metric++) {
        const value = values[index * metricNames.length + metric] ?? Number.NaN
        if (!Number.isNaN(value)) this.#put(terminal, metric, at, value)
      }
    }
  }

  /** Takes in one sample as the store keeps it. */
  takePacked(terminal: string, at: number, packed: Uint8Array): void {
    eachMetric(packed, 1, (metric, value) => this.#put(terminal, metric, at, value))
  }

  /** Takes in what another one knows. */
  load(known: ReadonlyMap<string, Readings>): void {
    for (const [terminal, { values, ats }] of known)
      for (const [metric, at] of ats.entries())
        if (at > 0) this.#put(terminal, metric, at, values[metric] ?? 0)
  }

  /** What is known of all terminals. */
  all(): ReadonlyMap<string, Readings> {
    return this.#readings
  }

  of(terminal: string): Readonly<Partial<Record<MetricName, Reading>>> {
    const readings = this.#readings.get(terminal)
    if (!readings) return {}
    const { values, ats } = readings
    const known = metricNames
      .map((name, metric) => [name, { value: tidy(values[metric] ?? 0), at: ats[metric] ?? 0 }] as const)
      .filter(([, { at }]) => at > 0)
    return Object.fromEntries(known)
  }

  #put(terminal: string, metric: number, at: number, value: number): void {
    let readings = this.#readings.get(terminal)
    if (!readings) {
      readings = {
        values: new Float64Array(metricNames.length),
        ats: new Float64Array(metricNames.length),
      }
      this.#readings.set(terminal, readings)
    }
    if (at < (readings.ats[metric] ?? 0)) return
    readings.values[metric] = value
    readings.ats[metric] = at
  }
}
