import { join } from 'node:path'
import type { Dialect } from 'kysely'
import type { FleetConfig } from '../config.ts'
import type { TelemetryStore } from '../telemetry/requests.ts'
import { holdFolder, holdSchema, type Lost, type Release } from './hold.ts'
import { postgresDialect } from './postgres.ts'
import { sqliteDialect } from './sqlite.ts'

/** Where everything is kept that is not a file. */
export interface Store {
  readonly dialect: Dialect
  /** The vitals stay apart: losing them must cost nothing else. */
  readonly telemetry: TelemetryStore
  /**
   * What a fleet holds for itself alone, in this order; each throws `StartRefused` where another one has it, and tells
   * `lost` where another one got it later.
   */
  readonly holds: readonly ((lost: Lost) => Promise<Release>)[]
}

/** What the one setting of the store means: files in the data folder, or a PostgreSQL server for all of it. */
export const storeOf = ({
  store = 'sqlite',
  storePasswordFile,
  dataFolder,
  synchronous,
}: Pick<FleetConfig, 'store' | 'storePasswordFile' | 'dataFolder' | 'synchronous'>): Store => {
  const folder = async () => holdFolder(dataFolder)
  if (store === 'sqlite') {
    return {
      holds: [folder],
      dialect: sqliteDialect(join(dataFolder, 'fleet.db'), synchronous),
      telemetry: { file: join(dataFolder, 'telemetry.db') },
    }
  }
  const postgres = {
    url: store,
    ...(storePasswordFile === undefined ? {} : { passwordFile: storePasswordFile }),
  }
  return {
    // Keys, documents and unfinished uploads lie in the folder with this store too.
    holds: [folder, (lost) => holdSchema(postgres, lost)],
    dialect: postgresDialect(postgres),
    telemetry: { postgres },
  }
}
