import { join } from 'node:path'
import type { OperationParts } from '../api/routes/operation.ts'
import type { AedesBroker } from '../broker/aedes-broker.ts'
import type { Authority } from '../identity/authority.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { GaugeSources } from './gauges.ts'
import { createMetrics, type MetricsParts } from './metrics.ts'
import { createReadiness, diskHasRoom, storeTakesWrites } from './readiness.ts'

export interface Operation extends OperationParts {
  /** The same, with every report counted. */
  counted(telemetry: Pick<Telemetry, 'keep'>): Pick<Telemetry, 'keep'>
  stop(): void
}

/** What the operation of one fleet is read from. */
export interface FleetParts
  extends Pick<MetricsParts, 'database' | 'terminals' | 'commands'>,
    Pick<GaugeSources, 'incidents'> {
  readonly dataFolder: string
  readonly broker: Pick<AedesBroker, 'connected' | 'isUp'>
  readonly authority: Pick<Authority, 'ca' | 'issuers' | 'server'>
  /** The port of the terminals' door; throws while it is closed. */
  readonly doorPort: () => number
}

const databaseFiles = (file: string): string[] => [file, `${file}-wal`]

/** Metrics and readiness of one fleet. */
export const createOperation = (parts: FleetParts): Operation => {
  const { database, dataFolder, broker, authority, doorPort } = parts
  const metrics = createMetrics({
    ...parts,
    files: {
      main: databaseFiles(join(dataFolder, 'fleet.db')),
      telemetry: databaseFiles(join(dataFolder, 'telemetry.db')),
    },
    certificates: () => ({
      door: authority.server.certificate,
      'device-authority': authority.issuers[0] ?? '',
      root: authority.ca,
    }),
  })
  const readiness = createReadiness({
    store: storeTakesWrites(database),
    disk: diskHasRoom(dataFolder),
    broker: () => broker.isUp,
    door: doorPort,
  })
  return {
    metrics,
    readiness,
    counted: (telemetry) => ({
      keep(device, message) {
        metrics.telemetry()
        return telemetry.keep(device, message)
      },
    }),
    stop: () => metrics.stop(),
  }
}
