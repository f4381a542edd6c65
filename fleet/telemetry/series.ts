import { type MetricName, metricNames } from '../../protocol/vitals.ts'
import { ofMetric, tidy } from './packing.ts'
import type { PackedPoints } from './points.ts'
import { eachRow, type Transaction } from './tables.ts'
import { floorTo, maxPoints, type Span, stepsFor, tierFor } from './tiers.ts'

/** The past of some metrics. */
export type Series = ReadonlyMap<MetricName, PackedPoints>

interface Step {
  readonly at: number
  min: number
  max: number
  sum: number
  weight: number
}

/** Adds a step to those before it, or to the last of them where that begins at the same time. */
const append = (steps: Step[], step: Step): void => {
  const last = steps.at(-1)
  if (last?.at !== step.at) {
    steps.push(step)
    return
  }
  last.min = Math.min(last.min, step.min)
  last.max = Math.max(last.max, step.max)
  last.sum += step.sum
  last.weight += step.weight
}

/** The steps of one metric: as long as asked for, and longer only once they become too many. */
class Steps {
  readonly #from: number
  readonly #widest: number
  #stepMs: number
  #steps: Step[] = []

  constructor(from: number, { asked, widest }: ReturnType<typeof stepsFor>) {
    this.#from = from
    this.#stepMs = asked
    this.#widest = widest
  }

  /** What comes is as old as all before it, or younger. */
  add(at: number, min: number, average: number, max: number, weight: number): void {
    append(this.#steps, { at: this.#beginOf(at), min, max, sum: average * weight, weight })
    if (this.#steps.length <= maxPoints || this.#stepMs === this.#widest) return
    this.#stepMs = this.#widest
    const wider: Step[] = []
    for (const step of this.#steps) append(wider, { ...step, at: this.#beginOf(step.at) })
    this.#steps = wider
  }

  packed(): PackedPoints {
    const packed = new Float64Array(this.#steps.length * 4)
    let place = 0
    for (const { at, min, max, sum, weight } of this.#steps) {
      packed[place++] = at
      packed[place++] = tidy(min)
      packed[place++] = tidy(sum / weight)
      packed[place++] = tidy(max)
    }
    return packed
  }

  #beginOf(at: number): number {
    return Math.max(floorTo(at, this.#stepMs), this.#from)
  }
}

/** The past of some metrics of a terminal in steps, from the tier that fits; a step without a value is not there. */
export const readSeries = async (
  transaction: Transaction,
  terminal: number,
  metrics: Iterable<MetricName>,
  span: Span,
  now: number,
): Promise<Series> => {
  const tier = tierFor(span, now)
  const lengths = stepsFor(span, tier)
  const found = [...metrics].map((name) => ({
    name,
    metric: metricNames.indexOf(name),
    steps: new Steps(span.from, lengths),
  }))
  await eachRow(transaction, tier, terminal, span, ({ at, packed, samples }) => {
    for (const { metric, steps } of found)
      ofMetric(packed, tier.width, metric, (min, average, max) => steps.add(at, min, average, max, samples))
  })
  return new Map(found.map(({ name, steps }) => [name, steps.packed()]))
}
