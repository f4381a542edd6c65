import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FleetConfig } from '../../fleet/config.ts'
import { type Store, storeOf } from '../../fleet/store/setting.ts'
import { type PostgresServer, startPostgres } from './postgres.ts'

/** A store that is new and empty; opened again, it is the same one. */
export interface TestStore {
  /** How it is opened, anew each time. */
  dialect(): Store['dialect']
  readonly telemetry: Store['telemetry']
  /** The settings of a fleet that uses it. */
  readonly settings: Pick<FleetConfig, 'dataFolder' | 'store' | 'storePasswordFile' | 'synchronous'>
}

/** One of the two kinds of store. */
export interface StoreKind {
  readonly name: string
  openStore(): Promise<TestStore>
}

/** Both kinds of store for a test's file; the server starts when it is first needed. */
export const bothKinds = (): { readonly kinds: readonly StoreKind[]; stop(): Promise<void> } => {
  const folders: string[] = []
  let server: Promise<PostgresServer> | undefined
  const storeWith = async (more: Partial<FleetConfig>): Promise<TestStore> => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'avyl-store-'))
    folders.push(dataFolder)
    const settings = { dataFolder, synchronous: 'normal', ...more } as const
    return { dialect: () => storeOf(settings).dialect, telemetry: storeOf(settings).telemetry, settings }
  }
  const kinds = [
    { name: 'SQLite', openStore: () => storeWith({}) },
    {
      name: 'PostgreSQL',
      openStore: async () => {
        server ??= startPostgres()
        const { url, passwordFile } = await (await server).database()
        return storeWith({ store: url, storePasswordFile: passwordFile })
      },
    },
  ]
  return {
    kinds,
    async stop() {
      await (await server)?.stop()
      for (const folder of folders) await rm(folder, { recursive: true, force: true })
    },
  }
}
