import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hashOf } from '../../../fleet/auth/secret.ts'
import { Sessions } from '../../../fleet/auth/sessions.ts'
import { Tokens } from '../../../fleet/auth/tokens.ts'
import { Users } from '../../../fleet/auth/users.ts'
import { systemClock } from '../../../fleet/clock.ts'
import { type Database, openDatabase } from '../../../fleet/store/database.ts'
import { first } from '../../../fleet/store/migrations/first.ts'
import { rights } from '../../../fleet/store/migrations/rights.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'

/** A store as the first release left it. */
const oldStore = async (): Promise<Database> => {
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  for (const { name } of await database.introspection.getTables()) {
    await database.schema.dropTable(name).execute()
  }
  await first.up(database)
  return database
}

const anOldStore = suite('a store of before there were rights')

anOldStore('keeps its people, its sessions and its tokens', async () => {
  const database = await oldStore()
  const now = Date.now()
  const user = { id: 'u1', name: 'expert', password: 'x', role: 'expert', created_at: now } as const
  await database.insertInto('users').values(user).execute()
  const row = { created_at: now, expires_at: now + 3_600_000 }
  for (const secret of ['one', 'two']) {
    const session = { secret_sha256: hashOf(secret), user: 'u1', ...row }
    await database
      .insertInto('sessions')
      .values(session as never)
      .execute()
  }
  const token = { secret_sha256: hashOf('flows'), name: 'flows', role: 'admin' as const, ...row }
  await database.insertInto('tokens').values(token).execute()
  await rights.up(database)
  const actor = await new Sessions(database, systemClock).actor('one')
  assert.equal([actor?.name, actor?.villages, actor?.session?.owes], ['expert', null, null])
  assert.is((await new Sessions(database, systemClock).list('u1')).length, 2)
  assert.is((await new Tokens(database, systemClock).actor('flows'))?.scopes, null)
  assert.equal(
    (await new Users(database, systemClock).list()).map(({ name, disabled, mustChangePassword }) => [
      name,
      disabled,
      mustChangePassword,
    ]),
    [['expert', false, false]],
  )
  await database.destroy()
})

anOldStore.run()
