import { type Dialect, Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { migrations } from './migrations/index.ts'
import type { Schema } from './schema.ts'

/** The fleet's tables. Queries keep to what SQLite and PostgreSQL both understand. */
export type Database = Kysely<Schema>

/** The store as it stands. `destroy()` closes it. */
export const connectDatabase = (dialect: Dialect): Database => new Kysely<Schema>({ dialect })

/** Opens the store and brings its tables up to date; throws when a migration fails. `destroy()` closes it. */
export const openDatabase = async (dialect: Dialect): Promise<Database> => {
  const database = connectDatabase(dialect)
  const { error } = await new Migrator({ db: database, provider: migrations }).migrateToLatest()
  if (error !== undefined) {
    await database.destroy()
    throw new Error('The store could not be brought up to date', { cause: error })
  }
  return database
}
