import type { TelemetryMessage } from '../../protocol/messages.ts'
import type { MetricName } from '../../protocol/vitals.ts'

/** What a metric was in one step of time. */
export interface Point {
  /** Where the step begins, in milliseconds of the fleet's clock. */
  readonly at: number
  readonly min: number
  readonly average: number
  readonly max: number
}

/** The newest value of a metric. */
export interface Reading {
  readonly value: number
  readonly at: number
}

/** What is asked of one metric's past; times in milliseconds, `until` not counted. */
export interface SeriesQuery {
  readonly terminal: string
  readonly metric: MetricName
  readonly from: number
  readonly until: number
  /** The least length of a step, in milliseconds; the store may have only longer ones of that time. */
  readonly step: number
}

/** The vitals of all terminals: raw for 48 hours, by 5 minutes for 30 days, by hours for 3 years. */
export interface Telemetry {
  /** Resolves when the samples are in the store; those it has already change nothing. */
  keep(terminal: string, message: TelemetryMessage): Promise<void>
  /** The newest values of a terminal, from memory. */
  latest(terminal: string): Readonly<Partial<Record<MetricName, Reading>>>
  /** At most 5000 points, the oldest first. */
  series(query: SeriesQuery): Promise<readonly Point[]>
  /** Calls back after each message that was kept, until the returned function is called. */
  watch(onlooker: (terminal: string) => void): () => void
}
