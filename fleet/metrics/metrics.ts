import type { FastifyInstance } from 'fastify'
import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import type { LiveCommands } from '../commands/live.ts'
import { countCommands } from './commands.ts'
import { addGauges, type GaugeSources } from './gauges.ts'
import { measureRequests } from './requests.ts'

/** What the fleet tells Prometheus. */
export interface Metrics {
  /** All metrics in the text format 0.0.4. */
  text(): Promise<string>
  readonly contentType: string
  /** A report of vitals has come. */
  telemetry(): void
  /** Measures the requests of this server. */
  watch(app: Pick<FastifyInstance, 'addHook'>): void
  /** Ends what was begun. */
  stop(): void
}

export interface MetricsParts extends GaugeSources {
  readonly commands: { readonly live: Pick<LiveCommands, 'watch'> }
}

/** The metrics of one fleet, named by Prometheus's conventions: base units, `_total`, a unit at the end. */
export const createMetrics = (parts: MetricsParts): Metrics => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  addGauges(registry, parts)
  const messages = new Counter({
    name: 'avyl_telemetry_messages_total',
    help: 'Reports of vitals that terminals have sent.',
    registers: [registry],
  })
  const stop = parts.commands.live.watch(countCommands(registry))
  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    telemetry: () => messages.inc(),
    watch: (app) => measureRequests(registry, app),
    stop,
  }
}
