import { metricNames } from '../../protocol/vitals.ts'
import { eachMetric, pack, type Width } from './packing.ts'

const { length: metrics } = metricNames

/** Minimum, average and maximum of every metric over some rows. */
export class Summary {
  readonly #mins = new Float64Array(metrics).fill(Number.POSITIVE_INFINITY)
  readonly #maxes = new Float64Array(metrics).fill(Number.NEGATIVE_INFINITY)
  readonly #sums = new Float64Array(metrics)
  readonly #weights = new Float64Array(metrics)
  #samples = 0

  /** How many samples have gone into it. */
  get samples(): number {
    return this.#samples
  }

  /** Takes in a packed row that stands for so many samples. */
  add(packed: Uint8Array, width: Width, samples = 1): void {
    this.#samples += samples
    eachMetric(packed, width, (metric, min, average, max) => {
      this.#mins[metric] = Math.min(this.#mins[metric] ?? min, min)
      this.#maxes[metric] = Math.max(this.#maxes[metric] ?? max, max)
      this.#sums[metric] = (this.#sums[metric] ?? 0) + average * samples
      this.#weights[metric] = (this.#weights[metric] ?? 0) + samples
    })
  }

  /** All of it as a packed row of width 3. */
  packed(): Uint8Array {
    const numbers = new Float64Array(metrics * 3).fill(Number.NaN)
    for (let metric = 0; metric < metrics; metric++) {
      const weight = this.#weights[metric] ?? 0
      if (weight === 0) continue
      numbers[metric * 3] = this.#mins[metric] ?? Number.NaN
      numbers[metric * 3 + 1] = (this.#sums[metric] ?? 0) / weight
      numbers[metric * 3 + 2] = this.#maxes[metric] ?? Number.NaN
    }
    return pack(numbers, 3)
  }
}
