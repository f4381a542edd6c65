import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The tables of the first release. `bigint` because PostgreSQL's `integer` ends before a time in milliseconds. */
export const first: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('terminals')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('village', 'text', (c) => c.notNull())
      .addColumn('registered_at', 'bigint', (c) => c.notNull())
      .addColumn('last_seen', 'bigint')
      .addColumn('connection', 'bigint')
      .addColumn('boot', 'text')
      .addColumn('run', 'text')
      .addColumn('agent', 'text')
      .addColumn('farewell', 'text')
      .addColumn('capabilities', 'text', (c) => c.notNull().defaultTo('{}'))
      .execute()

    await db.schema
      .createTable('commands')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('terminal', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('input', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('actor', 'text', (c) => c.notNull())
      .addColumn('issued_at', 'bigint', (c) => c.notNull())
      .addColumn('expires_at', 'bigint', (c) => c.notNull())
      .addColumn('deadline_ms', 'integer', (c) => c.notNull())
      .addColumn('updated_at', 'bigint', (c) => c.notNull())
      .addColumn('cancelled_at', 'bigint')
      .addColumn('progress', 'text')
      .addColumn('pages', 'text', (c) => c.notNull().defaultTo('[]'))
      .addColumn('result', 'text')
      .addColumn('error', 'text')
      .addColumn('late', 'text')
      .execute()
    await db.schema
      .createIndex('commands_of_terminal')
      .on('commands')
      .columns(['terminal', 'issued_at'])
      .execute()
    await db.schema
      .createIndex('commands_open')
      .on('commands')
      .column('state')
      .where('state', 'in', ['queued', 'sent', 'received', 'running'])
      .execute()

    await db.schema
      .createTable('idempotency_keys')
      .addColumn('actor', 'text', (c) => c.notNull())
      .addColumn('key', 'text', (c) => c.notNull())
      .addColumn('command', 'text', (c) => c.notNull())
      .addColumn('request', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('idempotency_keys_of_actor', ['actor', 'key'])
      .execute()

    await db.schema
      .createTable('artefacts')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('media_type', 'text', (c) => c.notNull())
      .addColumn('bytes', 'bigint', (c) => c.notNull())
      .addColumn('sha256', 'text', (c) => c.notNull())
      .addColumn('preview_sha256', 'text')
      .addColumn('preview_bytes', 'bigint')
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('erase_at', 'bigint', (c) => c.notNull())
      .addColumn('erased_at', 'bigint')
      .addColumn('pages', 'integer')
      .addColumn('command', 'text')
      .addColumn('terminal', 'text')
      .execute()
    await db.schema.createIndex('artefacts_of_command').on('artefacts').column('command').execute()
    await db.schema.createIndex('artefacts_by_content').on('artefacts').column('sha256').execute()
    await db.schema.createIndex('artefacts_by_preview').on('artefacts').column('preview_sha256').execute()
    await db.schema.createIndex('artefacts_due').on('artefacts').column('erase_at').execute()

    await db.schema
      .createTable('events')
      .addColumn('id', 'text', (c) => c.notNull())
      .addColumn('terminal', 'text', (c) => c.notNull())
      .addColumn('type', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('received_at', 'bigint', (c) => c.notNull())
      .addColumn('data', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('events_of_terminal', ['terminal', 'id'])
      .execute()

    await db.schema
      .createTable('users')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('name', 'text', (c) => c.notNull().unique())
      .addColumn('password', 'text', (c) => c.notNull())
      .addColumn('role', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .execute()
    await db.schema
      .createTable('sessions')
      .addColumn('secret_sha256', 'text', (c) => c.primaryKey())
      .addColumn('user', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('expires_at', 'bigint', (c) => c.notNull())
      .execute()
    await db.schema
      .createTable('tokens')
      .addColumn('secret_sha256', 'text', (c) => c.primaryKey())
      .addColumn('name', 'text', (c) => c.notNull().unique())
      .addColumn('role', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('expires_at', 'bigint')
      .execute()
  },
}
