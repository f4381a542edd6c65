import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The tables of the desired and the reported configuration. */
export const configuration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('configuration_layers')
      .addColumn('scope', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('version', 'bigint', (c) => c.notNull())
      .addColumn('content', 'text', (c) => c.notNull())
      .addColumn('actor', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('note', 'text')
      .addPrimaryKeyConstraint('configuration_layers_versions', ['scope', 'name', 'version'])
      .execute()
    await db.schema
      .createTable('configuration_groups')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .execute()
    await db.schema
      .createTable('configuration_members')
      .addColumn('terminal', 'text', (c) => c.primaryKey())
      .addColumn('group_name', 'text', (c) =>
        c.notNull().references('configuration_groups.name').onDelete('cascade'),
      )
      .execute()
    await db.schema
      .createTable('configuration_documents')
      .addColumn('terminal', 'text', (c) => c.notNull())
      .addColumn('version', 'bigint', (c) => c.notNull())
      .addColumn('hash', 'text', (c) => c.notNull())
      .addColumn('content', 'text', (c) => c.notNull())
      .addColumn('origins', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('configuration_documents_versions', ['terminal', 'version'])
      .execute()
    await db.schema
      .createTable('configuration_reports')
      .addColumn('terminal', 'text', (c) => c.primaryKey())
      .addColumn('reported', 'text')
      .addColumn('reported_at', 'bigint')
      .addColumn('drift_since', 'bigint')
      .execute()
  },
}
