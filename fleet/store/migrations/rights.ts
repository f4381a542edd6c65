import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { uuidv7 } from '../../../protocol/uuid.ts'

/** Villages, second factors, passkeys, lock-out; scopes of tokens; whose a document is. */
export const rights: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db
    await schema.alterTable('users').addColumn('villages', 'text').execute()
    await schema.alterTable('users').addColumn('disabled_at', 'bigint').execute()
    await schema
      .alterTable('users')
      .addColumn('must_change_password', 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
    await schema.alterTable('users').addColumn('last_sign_in_at', 'bigint').execute()

    await schema
      .alterTable('sessions')
      .addColumn('id', 'text', (c) => c.notNull().defaultTo(''))
      .execute()
    await schema.alterTable('sessions').addColumn('agent', 'text').execute()
    await schema
      .alterTable('sessions')
      .addColumn('last_seen_at', 'bigint', (c) => c.notNull().defaultTo(0))
      .execute()
    await schema
      .alterTable('sessions')
      .addColumn('confirmed_at', 'bigint', (c) => c.notNull().defaultTo(0))
      .execute()
    await schema.alterTable('sessions').addColumn('owes', 'text').execute()
    await takeOverSessions(db as Kysely<{ sessions: OldSession }>)
    await schema.createIndex('sessions_by_id').on('sessions').column('id').unique().execute()
    await schema.createIndex('sessions_of_user').on('sessions').column('user').execute()

    await schema.alterTable('tokens').addColumn('scopes', 'text').execute()
    await schema.alterTable('tokens').addColumn('villages', 'text').execute()
    await schema.alterTable('tokens').addColumn('created_by', 'text').execute()
    await schema.alterTable('tokens').addColumn('last_used_at', 'bigint').execute()

    await schema.alterTable('artefacts').addColumn('owner', 'text').execute()

    await schema
      .createTable('totps')
      .addColumn('user', 'text', (c) => c.primaryKey().references('users.id').onDelete('cascade'))
      .addColumn('secret', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('confirmed_at', 'bigint')
      .addColumn('last_step', 'bigint', (c) => c.notNull().defaultTo(0))
      .execute()
    await schema
      .createTable('recovery_codes')
      .addColumn('user', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
      .addColumn('code_sha256', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('recovery_codes_of_user', ['user', 'code_sha256'])
      .execute()
    await schema
      .createTable('passkeys')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('user', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('public_key', 'text', (c) => c.notNull())
      .addColumn('counter', 'bigint', (c) => c.notNull())
      .addColumn('transports', 'text', (c) => c.notNull().defaultTo('[]'))
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('last_used_at', 'bigint')
      .execute()
    await schema.createIndex('passkeys_of_user').on('passkeys').column('user').execute()
    await schema
      .createTable('passkey_challenges')
      .addColumn('challenge_sha256', 'text', (c) => c.primaryKey())
      .addColumn('user', 'text', (c) => c.references('users.id').onDelete('cascade'))
      .addColumn('expires_at', 'bigint', (c) => c.notNull())
      .execute()
    await schema
      .createTable('sign_in_failures')
      .addColumn('who_sha256', 'text', (c) => c.primaryKey())
      .addColumn('count', 'integer', (c) => c.notNull())
      .addColumn('last_at', 'bigint', (c) => c.notNull())
      .addColumn('wait_until', 'bigint', (c) => c.notNull())
      .execute()
    await schema.createIndex('sign_in_failures_by_age').on('sign_in_failures').column('last_at').execute()
    await schema
      .createTable('role_policies')
      .addColumn('role', 'text', (c) => c.primaryKey())
      .addColumn('second_factor', 'integer', (c) => c.notNull())
      .execute()
  },
}

interface OldSession {
  secret_sha256: string
  created_at: number
  id: string
  last_seen_at: number
  confirmed_at: number
}

/** Who is signed in stays so. */
const takeOverSessions = async (db: Kysely<{ sessions: OldSession }>): Promise<void> => {
  for (const { secret_sha256, created_at } of await db.selectFrom('sessions').selectAll().execute()) {
    const now = Date.now()
    await db
      .updateTable('sessions')
      .set({ id: uuidv7(now), last_seen_at: now, confirmed_at: created_at })
      .where('secret_sha256', '=', secret_sha256)
      .execute()
  }
}
