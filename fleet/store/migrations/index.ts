import type { MigrationProvider } from 'kysely/migration'
import { first } from './first.ts'

/** Every migration under the name by which a database remembers it; applied in the order of the names. */
export const migrations: MigrationProvider = {
  getMigrations: async () => ({ '0001-first': first }),
}
