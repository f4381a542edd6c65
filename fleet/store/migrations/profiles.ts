import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Firmware profiles that people added, the editions that terminals may use, and devices that no profile knows. */
export const profiles: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('profiles')
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('slug', 'text', (c) => c.notNull())
      .addColumn('version', 'integer', (c) => c.notNull())
      .addColumn('content', 'text')
      .addColumn('actor', 'text', (c) => c.notNull())
      .addColumn('changed_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('profiles_by_version', ['kind', 'slug', 'version'])
      .execute()
    await db.schema
      .createTable('profile_editions')
      .addColumn('sha256', 'text', (c) => c.primaryKey())
      .addColumn('content', 'text', (c) => c.notNull())
      .addColumn('made_at', 'bigint', (c) => c.notNull())
      .execute()
    await db.schema
      .createTable('device_descriptions')
      .addColumn('terminal', 'text', (c) => c.primaryKey())
      .addColumn('sha256', 'text', (c) => c.notNull())
      .addColumn('content', 'text', (c) => c.notNull())
      .addColumn('received_at', 'bigint', (c) => c.notNull())
      .execute()
    await db.schema.alterTable('terminals').addColumn('profiles', 'text').execute()
  },
}
