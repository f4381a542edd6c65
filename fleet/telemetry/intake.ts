import type { TelemetryMessage } from '../../protocol/messages.ts'
import { isMetricName, metricNames } from '../../protocol/vitals.ts'
import { type Rate, RateLimit } from '../broker/rate-limit.ts'
import type { Sample } from './batch.ts'

/** How far a terminal's clock may be before the fleet's, and how old what it tells may be, in milliseconds. */
export const aheadMs = 60_000
export const oldestMs = 7 * 86_400_000

/** Samples of one terminal: a week of an outage at once, and a sample every 200 ms in the long run. */
export const sampleRate: Rate = { perSecond: 5, burst: 70_000 }

const placeOf = new Map<string, number>(metricNames.map((name, place) => [name, place]))

/** What of a message is good, and how much was not. */
export interface Examined {
  readonly samples: readonly Sample[]
  /** Samples of a time that cannot be. */
  readonly misdated: number
  /** Samples beyond the rate. */
  readonly tooMany: number
}

/** Lets through what a terminal may truly have measured; metrics of no known name are left out. */
export class Intake {
  readonly #rate: RateLimit

  constructor(rate: Rate = sampleRate) {
    this.#rate = new RateLimit(rate)
  }

  examine(terminal: string, { metrics, samples }: TelemetryMessage, now: number): Examined {
    const places = metrics.map((name) => (isMetricName(name) ? placeOf.get(name) : undefined))
    const good: Sample[] = []
    let misdated = 0
    let tooMany = 0
    for (const { at, values } of samples) {
      if (at > now + aheadMs || at < now - oldestMs) misdated += 1
      else if (this.#rate.take(terminal) > 0) tooMany += 1
      else {
        const numbers = new Float32Array(metricNames.length).fill(Number.NaN)
        for (const [index, place] of places.entries()) {
          const number = values[index]
          if (place === undefined || typeof number !== 'number') continue
          // What no 32-bit float can hold is nothing that was measured.
          if (Number.isFinite(Math.fround(number))) numbers[place] = number
        }
        if (numbers.some((number) => !Number.isNaN(number))) good.push({ at, values: numbers })
      }
    }
    return { samples: good, misdated, tooMany }
  }
}
