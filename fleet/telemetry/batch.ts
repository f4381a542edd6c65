import { metricNames } from '../../protocol/vitals.ts'

const { length: metrics } = metricNames

/** Samples on their way to the store: `metricNames.length` numbers for each, NaN for none. */
export interface Batch {
  readonly terminals: readonly string[]
  readonly ats: readonly number[]
  readonly values: Float32Array<ArrayBuffer>
}

/** One sample that was found good. */
export interface Sample {
  readonly at: number
  /** In the order of `metricNames`. */
  readonly values: Float32Array
}

/** A batch that still grows. */
export class GrowingBatch {
  readonly #terminals: string[] = []
  readonly #ats: number[] = []
  #values = new Float32Array(64 * metrics)

  get size(): number {
    return this.#ats.length
  }

  add(terminal: string, { at, values }: Sample): void {
    const place = this.size * metrics
    if (place + metrics > this.#values.length) {
      const wider = new Float32Array(this.#values.length * 2)
      wider.set(this.#values)
      this.#values = wider
    }
    this.#values.set(values, place)
    this.#terminals.push(terminal)
    this.#ats.push(at)
  }

  /** What has gathered; nothing may be added afterwards. */
  done(): Batch {
    return {
      terminals: this.#terminals,
      ats: this.#ats,
      values: this.#values.slice(0, this.size * metrics),
    }
  }
}
