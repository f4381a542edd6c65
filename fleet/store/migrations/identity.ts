import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Who is which terminal: claims, enrolments and the certificates that were issued. */
export const identity: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('claims')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('code_hmac', 'text', (c) => c.notNull().unique())
      .addColumn('device', 'text', (c) => c.notNull())
      .addColumn('village', 'text', (c) => c.notNull())
      .addColumn('serial', 'text')
      .addColumn('depot', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('created_by', 'text', (c) => c.notNull())
      .addColumn('expires_at', 'bigint', (c) => c.notNull())
      .addColumn('wrong_tries', 'integer', (c) => c.notNull().defaultTo(0))
      .addColumn('withdrawn_at', 'bigint')
      .addColumn('enrolment', 'text')
      .execute()
    await db.schema
      .createTable('enrolments')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('device', 'text', (c) => c.notNull())
      .addColumn('village', 'text', (c) => c.notNull())
      .addColumn('serial', 'text')
      .addColumn('claim', 'text')
      .addColumn('admission', 'text', (c) => c.notNull())
      .addColumn('reason', 'text')
      .addColumn('enrolled_at', 'bigint', (c) => c.notNull())
      .addColumn('decided_at', 'bigint')
      .addColumn('decided_by', 'text')
      .execute()
    await db.schema.createIndex('enrolments_of_device').on('enrolments').column('device').execute()
    await db.schema
      .createTable('certificates')
      .addColumn('serial_number', 'text', (c) => c.primaryKey())
      .addColumn('enrolment', 'text', (c) => c.notNull().references('enrolments.id'))
      .addColumn('sha256', 'text', (c) => c.notNull())
      .addColumn('key_sha256', 'text', (c) => c.notNull().unique())
      .addColumn('issuer', 'text', (c) => c.notNull())
      .addColumn('issued_at', 'bigint', (c) => c.notNull())
      .addColumn('expires_at', 'bigint', (c) => c.notNull())
      .addColumn('used_at', 'bigint')
      .addColumn('superseded_at', 'bigint')
      .addColumn('pem', 'text', (c) => c.notNull())
      .execute()
    await db.schema.createIndex('certificates_by_end').on('certificates').column('expires_at').execute()
  },
}
