import type { Logger } from 'pino'
import type { Clock } from '../../fleet/clock.ts'
import { FleetTelemetry, type TelemetryParts } from '../../fleet/telemetry/fleet-telemetry.ts'
import type { TelemetryMessage } from '../../protocol/messages.ts'
import type { MetricName } from '../../protocol/vitals.ts'
import { silent } from './fleet.ts'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** The beginning of an hour. */
export const noon = 1_700_000_000_000 - (1_700_000_000_000 % hour)

/** A clock that a test sets; nothing happens by itself. */
export class SetClock implements Clock {
  time = noon

  now(): number {
    return this.time
  }

  every(): () => void {
    return () => {}
  }
}

/** A report of vitals: at a time, the values of some metrics. */
export const report = (
  ...samples: readonly (readonly [at: number, values: Readonly<Record<string, number | null>>])[]
): TelemetryMessage => {
  const metrics = [...new Set(samples.flatMap(([, values]) => Object.keys(values)))]
  return {
    ...{ v: 1, ts: 0, boot: 'b', run: 'r', seq: 0 },
    metrics,
    samples: samples.map(([at, values]) => ({ at, values: metrics.map((metric) => values[metric] ?? null) })),
  }
}

/** Vitals over a store, with a clock of the test's. */
export const openVitals = async (store: TelemetryParts['store'], more: Partial<TelemetryParts> = {}) => {
  const clock = new SetClock()
  const open = async (log: Logger = silent) => {
    const telemetry = new FleetTelemetry({ store, clock, log, ...more })
    await telemetry.start()
    return telemetry
  }
  let telemetry = await open(more.log)
  return {
    clock,
    get telemetry() {
      return telemetry
    },
    /** What one metric of the first terminal was. */
    past: (from: number, until: number, step = 0, metric: MetricName = 'cpu') =>
      telemetry.series({ terminal: 't1', metric, from, until, step }),
    async restart() {
      await telemetry.stop()
      telemetry = await open()
    },
  }
}
