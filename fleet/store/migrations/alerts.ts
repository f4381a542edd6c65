import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Alert rules with their versions, incidents, channels, and what is on its way through them. */
export const alerts: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('alert_rules')
      .addColumn('id', 'text', (c) => c.notNull())
      .addColumn('version', 'integer', (c) => c.notNull())
      .addColumn('content', 'text')
      .addColumn('actor', 'text', (c) => c.notNull())
      .addColumn('changed_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('alert_rules_by_version', ['id', 'version'])
      .execute()
    await db.schema
      .createTable('alert_courses')
      .addColumn('rule', 'text', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('content', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('alert_courses_by_subject', ['rule', 'subject'])
      .execute()
    await db.schema
      .createTable('incidents')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('opened_at', 'bigint', (c) => c.notNull())
      .addColumn('cleared_at', 'bigint')
      .addColumn('resolved_at', 'bigint')
      .addColumn('merged_into', 'text')
      .addColumn('content', 'text', (c) => c.notNull())
      .execute()
    await db.schema.createIndex('incidents_by_time').on('incidents').columns(['opened_at']).execute()
    await db.schema.createIndex('incidents_by_end').on('incidents').columns(['resolved_at']).execute()
    await db.schema
      .createTable('alert_channels')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('content', 'text', (c) => c.notNull())
      .addColumn('secret', 'text')
      .addColumn('actor', 'text', (c) => c.notNull())
      .addColumn('changed_at', 'bigint', (c) => c.notNull())
      .execute()
    await db.schema
      .createTable('alert_outbox')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('channel', 'text', (c) => c.notNull())
      .addColumn('incident', 'text', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('content', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('due_at', 'bigint', (c) => c.notNull())
      .addColumn('tries', 'integer', (c) => c.notNull())
      .addColumn('message', 'text')
      .addColumn('delivered_at', 'bigint')
      .addColumn('given_up_at', 'bigint')
      .execute()
    await db.schema
      .createIndex('alert_outbox_by_channel')
      .on('alert_outbox')
      .columns(['channel', 'due_at'])
      .execute()
    await db.schema.createIndex('alert_outbox_by_incident').on('alert_outbox').columns(['incident']).execute()
    await db.schema
      .createTable('alert_marks')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('value', 'bigint', (c) => c.notNull())
      .execute()
  },
}
