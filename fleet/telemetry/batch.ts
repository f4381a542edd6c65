import { metricNames } from '../../protocol/vitals.ts'

const { length: metrics } = metricNames

/** Samples of one terminal that were found good: for each time the numbers of `metricNames`, NaN for none. */
export interface Samples {
  readonly ats: readonly number[]
  readonly values: Float32Array
}

/** Samples on their way to the store, for each the terminal it is of. */
export interface Batch extends Samples {
  readonly terminals: readonly string[]
  readonly values: Float32Array<ArrayBuffer>
}

/** A batch that still grows. */
export class GrowingBatch {
  readonly #terminals: string[] = []
  readonly #ats: number[] = []
  #values = new Float32Array(64 * metrics)

  get size(): number {
    return this.#ats.length
  }

  add(terminal: string, { ats, values }: Samples): void {
    const place = this.size * metrics
    const needed = place + values.length
    if (needed > this.#values.length) {
      const wider = new Float32Array(Math.max(needed, this.#values.length * 2))
      wider.set(this.#values)
      this.#values = wider
    }
    this.#values.set(values, place)
    for (const at of ats) {
      this.#terminals.push(terminal)
      this.#ats.push(at)
    }
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
