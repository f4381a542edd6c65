import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Presence over time, maintenance windows, villages, and when the fleet itself was there. */
export const presence: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('terminals').addColumn('retired_at', 'bigint').execute()
    await db.schema
      .createTable('presence_intervals')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('terminal', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('from_at', 'bigint', (c) => c.notNull())
      .addColumn('until_at', 'bigint')
      .addColumn('reason', 'text')
      .addColumn('judged_by', 'text')
      .addColumn('note', 'text')
      .addColumn('edited_by', 'text')
      .addColumn('unseen_until', 'bigint')
      .addColumn('outage', 'text')
      .addColumn('run', 'text')
      .execute()
    await db.schema
      .createIndex('presence_intervals_of_terminal')
      .on('presence_intervals')
      .columns(['terminal', 'from_at'])
      .execute()
    await db.schema
      .createIndex('presence_intervals_by_end')
      .on('presence_intervals')
      .column('until_at')
      .execute()
    await db.schema
      .createTable('capability_intervals')
      .addColumn('terminal', 'text', (c) => c.notNull())
      .addColumn('capability', 'text', (c) => c.notNull())
      .addColumn('from_at', 'bigint', (c) => c.notNull())
      .addColumn('until_at', 'bigint')
      .addColumn('ok', 'integer', (c) => c.notNull())
      .addColumn('detail', 'text')
      .addColumn('detected_at', 'bigint')
      .addPrimaryKeyConstraint('capability_intervals_begin', ['terminal', 'capability', 'from_at'])
      .execute()
    await db.schema
      .createIndex('capability_intervals_by_end')
      .on('capability_intervals')
      .column('until_at')
      .execute()
    await db.schema
      .createTable('maintenance_windows')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('about', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('from_at', 'bigint', (c) => c.notNull())
      .addColumn('until_at', 'bigint', (c) => c.notNull())
      .addColumn('note', 'text', (c) => c.notNull())
      .addColumn('created_by', 'text', (c) => c.notNull())
      .execute()
    await db.schema
      .createTable('fleet_runs')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('started_at', 'bigint', (c) => c.notNull())
      .addColumn('seen_at', 'bigint', (c) => c.notNull())
      .execute()
    await db.schema
      .createIndex('events_by_arrival')
      .on('events')
      .columns(['terminal', 'received_at'])
      .execute()
    await db.schema
      .createTable('villages')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('district', 'text', (c) => c.notNull())
      .addColumn('latitude', 'double precision')
      .addColumn('longitude', 'double precision')
      .execute()
  },
}
