import { metricNames } from '../../protocol/vitals.ts'
import { unpackOne } from './packing.ts'
import { eachRow, type Transaction } from './tables.ts'
import type { Point, SeriesQuery } from './telemetry.ts'
import { floorTo, tierFor } from './tiers.ts'

interface Step {
  readonly at: number
  min: number
  max: number
  sum: number
  weight: number
}

/** The past of one metric in steps, from the tier that fits; a step without a value is not there. */
export const readSeries = async (
  transaction: Transaction,
  terminal: number,
  query: SeriesQuery,
  now: number,
): Promise<readonly Point[]> => {
  const metric = metricNames.indexOf(query.metric)
  const { tier, stepMs } = tierFor(query, now)
  const steps: Step[] = []
  await eachRow(transaction, tier, terminal, query, ({ at, packed, samples }) => {
    const [min, average = min, max = min] = unpackOne(packed, metric, tier.width) ?? []
    if (min === undefined || average === undefined || max === undefined) return
    const begin = Math.max(floorTo(at, stepMs), query.from)
    let step = steps.at(-1)
    if (step?.at !== begin) {
      step = { at: begin, min, max, sum: 0, weight: 0 }
      steps.push(step)
    }
    step.min = Math.min(step.min, min)
    step.max = Math.max(step.max, max)
    step.sum += average * samples
    step.weight += samples
  })
  return steps.map(({ at, min, max, sum, weight }) => ({ at, min, average: sum / weight, max }))
}
