import { join } from 'node:path'
import type { Dialect } from 'kysely'
import type { FleetConfig } from '../config.ts'
import type { TelemetryStore } from '../telemetry/requests.ts'
import { postgresDialect } from './postgres.ts'
import { sqliteDialect } from './sqlite.ts'

/** Where everything is kept that is not a file. */
export interface Store {
  readonly dialect: Dialect
  /** The vitals stay apart: losing them must cost nothing else. */
  readonly telemetry: TelemetryStore
}

/** What the one setting of the store means: files in the data folder, or a PostgreSQL server for all of it. */
export const storeOf = ({
  store = 'sqlite',
  storePasswordFile,
  dataFolder,
  synchronous,
}: Pick<FleetConfig, 'store' | 'storePasswordFile' | 'dataFolder' | 'synchronous'>): Store => {
  if (store === 'sqlite') {
    return {
      dialect: sqliteDialect(join(dataFolder, 'fleet.db'), synchronous),
      telemetry: { file: join(dataFolder, 'telemetry.db') },
    }
  }
  const postgres = {
    url: store,
    ...(storePasswordFile === undefined ? {} : { passwordFile: storePasswordFile }),
  }
  return { dialect: postgresDialect(postgres), telemetry: { postgres } }
}
