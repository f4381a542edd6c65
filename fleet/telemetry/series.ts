import { metricNames } from '../../protocol/vitals.ts'
import { unpackOne } from './packing.ts'
import { eachRow, type Transaction } from './tables.ts'
import type { Point, SeriesQuery } from './telemetry.ts'
import { floorTo, maxPoints, stepsFor, tierFor } from './tiers.ts'

interface Step {
  readonly at: number
  readonly min: number
  readonly max: number
  readonly sum: number
  readonly weight: number
}

/** Adds a step to those before it, or to the last of them where that begins at the same time. */
const append = (steps: Step[], { at, min, max, sum, weight }: Step): void => {
  const last = steps.at(-1)
  if (last?.at !== at) steps.push({ at, min, max, sum, weight })
  else
    steps[steps.length - 1] = {
      at,
      min: Math.min(last.min, min),
      max: Math.max(last.max, max),
      sum: last.sum + sum,
      weight: last.weight + weight,
    }
}

/**
 * The past of one metric in steps, from the tier that fits; a step without a value is not there. Steps are as long as
 * asked for, and longer only once they become too many.
 */
export const readSeries = async (
  transaction: Transaction,
  terminal: number,
  query: SeriesQuery,
  now: number,
): Promise<readonly Point[]> => {
  const metric = metricNames.indexOf(query.metric)
  const tier = tierFor(query, now)
  const { asked, widest } = stepsFor(query, tier)
  let stepMs = asked
  let steps: Step[] = []
  const beginOf = (at: number) => Math.max(floorTo(at, stepMs), query.from)
  await eachRow(transaction, tier, terminal, query, ({ at, packed, samples }) => {
    const [min, average = min, max = min] = unpackOne(packed, metric, tier.width) ?? []
    if (min === undefined || average === undefined || max === undefined) return
    append(steps, { at: beginOf(at), min, max, sum: average * samples, weight: samples })
    if (steps.length <= maxPoints || stepMs === widest) return
    stepMs = widest
    const finer = steps
    steps = []
    for (const step of finer) append(steps, { ...step, at: beginOf(step.at) })
  })
  return steps.map(({ at, min, max, sum, weight }) => ({ at, min, average: sum / weight, max }))
}
