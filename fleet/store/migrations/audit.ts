import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Who did what: a chain of entries, what is signed of it, and the keys by which that is verified. */
export const audit: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('audit_entries')
      .addColumn('number', 'bigint', (c) => c.notNull().primaryKey())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('actor', 'text', (c) => c.notNull())
      .addColumn('by', 'text', (c) => c.notNull())
      .addColumn('action', 'text', (c) => c.notNull())
      .addColumn('subject', 'text')
      .addColumn('outcome', 'text', (c) => c.notNull())
      .addColumn('about', 'text')
      .addColumn('began', 'bigint')
      .addColumn('previous', 'text', (c) => c.notNull())
      .addColumn('hash', 'text', (c) => c.notNull())
      .execute()
    for (const column of ['actor', 'action']) {
      await db.schema
        .createIndex(`audit_entries_by_${column}`)
        .on('audit_entries')
        .columns([column, 'number'])
        .execute()
    }
    await db.schema.createIndex('audit_entries_by_time').on('audit_entries').columns(['at']).execute()
    await db.schema
      .createTable('audit_seals')
      .addColumn('kind', 'text', (c) => c.notNull().primaryKey())
      .addColumn('number', 'bigint', (c) => c.notNull())
      .addColumn('hash', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('key', 'text', (c) => c.notNull())
      .addColumn('signature', 'text', (c) => c.notNull())
      .execute()
    await db.schema
      .createTable('audit_keys')
      .addColumn('key', 'text', (c) => c.notNull().primaryKey())
      .addColumn('list', 'text', (c) => c.notNull())
      .execute()
  },
}
