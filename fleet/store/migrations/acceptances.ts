import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What technicians proved at their terminals, and the signed sheets. */
export const acceptances: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('acceptances')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('device', 'text', (c) => c.notNull())
      .addColumn('hash', 'text', (c) => c.notNull())
      .addColumn('received_at', 'bigint', (c) => c.notNull())
      .addColumn('report', 'text', (c) => c.notNull())
      .addColumn('picture', 'text', (c) => c.notNull())
      .addColumn('picture_sha256', 'text', (c) => c.notNull())
      .addUniqueConstraint('acceptances_once', ['device', 'hash', 'picture_sha256'])
      .execute()
    await db.schema
      .createIndex('acceptances_of_device')
      .on('acceptances')
      .columns(['device', 'received_at'])
      .execute()
  },
}
