import type { TelemetryMessage } from '../../protocol/messages.ts'
import { metricNames } from '../../protocol/vitals.ts'
import { type Rate, RateLimit } from '../broker/rate-limit.ts'
import type { Samples } from './batch.ts'

/** How far a terminal's clock may be before the fleet's, and how old what it tells may be, in milliseconds. */
const aheadMs = 60_000
const oldestMs = 7 * 86_400_000

/** Samples of one terminal: a week of an outage at once, and a sample every 200 ms in the long run. */
const sampleRate: Rate = { perSecond: 5, burst: 70_000 }

const placeOf = new Map<string, number>(metricNames.map((name, place) => [name, place]))

/** What of a message is good, and how much was not. */
export interface Examined {
  readonly good: Samples
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
    const places = metrics.map((name) => placeOf.get(name))
    const values = new Float32Array(samples.length * metricNames.length).fill(Number.NaN)
    const ats: number[] = []
    let misdated = 0
    let tooMany = 0
    for (const sample of samples) {
      const { at } = sample
      if (at > now + aheadMs || at < now - oldestMs) misdated += 1
      else if (this.#rate.take(terminal) > 0) tooMany += 1
      else if (read(sample.values, places, values, ats.length * metricNames.length)) ats.push(at)
    }
    return { good: { ats, values: values.subarray(0, ats.length * metricNames.length) }, misdated, tooMany }
  }
}

/** Puts the numbers of one sample where they belong and says whether there were any. */
const read = (
  numbers: readonly (number | null)[],
  places: readonly (number | undefined)[],
  into: Float32Array,
  begin: number,
): boolean => {
  let some = false
  for (const [index, place] of places.entries()) {
    const number = numbers[index]
    // What no 32-bit float can hold is nothing that was measured.
    if (place === undefined || typeof number !== 'number' || !Number.isFinite(Math.fround(number))) continue
    into[begin + place] = number
    some = true
  }
  return some
}
