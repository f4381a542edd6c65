import type { TelemetryMessage } from '../../../protocol/messages.ts'
import { isMetricName, type MetricName, metricNames, vitals } from '../../../protocol/vitals.ts'
import type { Unstamped } from '../../link/line.ts'
import type { Values } from './reader.ts'

export type TelemetryBody = Unstamped<'telemetry'>
type Sample = TelemetryMessage['samples'][number]

/** Samples on their way into one message. */
export interface Packing {
  /** Whether a metric has moved by more than is worth a message of its own, or was never told. */
  hasMoved(values: Values): boolean
  /** Takes a sample at a time of the fleet's clock in; `monotonic` is the same time on the clock that only grows. */
  add(at: number, monotonic: number, values: Values): void
  /** How many samples wait. */
  readonly waiting: number
  /** One message of all that waits, with the metrics in their usual order; `undefined` when nothing does. */
  take(): TelemetryBody | undefined
}

/** What did not move is told again after so long, so that each five minutes hold each metric. */
const tellAgainMs = 240_000

/** They move all the time and by nothing that surprises: told with the rest only. */
const steady: ReadonlySet<MetricName> = new Set(['uptime', 'certificate'])

const entriesOf = (values: Values) =>
  Object.entries(values).filter((entry): entry is [MetricName, number] => isMetricName(entry[0]))

/** A packing that leaves out what the fleet was told already. */
export const createPacking = (): Packing => {
  const told = new Map<MetricName, number>()
  let samples: { readonly at: number; readonly values: ReadonlyMap<MetricName, number> }[] = []
  let wholeAt = Number.NEGATIVE_INFINITY

  return {
    hasMoved: (values) =>
      entriesOf(values).some(([name, value]) => {
        const before = told.get(name)
        return before === undefined || Math.abs(value - before) >= vitals[name].change
      }),
    add(at, monotonic, values) {
      const whole = monotonic - wholeAt >= tellAgainMs
      if (whole) wholeAt = monotonic
      const news = entriesOf(values).filter(
        ([name, value]) => whole || !told.has(name) || (!steady.has(name) && told.get(name) !== value),
      )
      for (const [name, value] of news) told.set(name, value)
      if (news.length > 0) samples.push({ at, values: new Map(news) })
    },
    get waiting() {
      return samples.length
    },
    take() {
      if (samples.length === 0) return undefined
      const metrics = metricNames.filter((name) => samples.some(({ values }) => values.has(name)))
      const packed = samples.map(
        ({ at, values }): Sample => ({ at, values: metrics.map((name) => values.get(name) ?? null) }),
      )
      samples = []
      return { metrics: [...metrics], samples: packed }
    },
  }
}
