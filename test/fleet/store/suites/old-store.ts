import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hashOf } from '../../../../fleet/auth/secret.ts'
import { Sessions } from '../../../../fleet/auth/sessions.ts'
import { Tokens } from '../../../../fleet/auth/tokens.ts'
import { Users } from '../../../../fleet/auth/users.ts'
import { systemClock } from '../../../../fleet/clock.ts'
import { connectDatabase } from '../../../../fleet/store/database.ts'
import { first } from '../../../../fleet/store/migrations/first.ts'
import { rights } from '../../../../fleet/store/migrations/rights.ts'
import type { StoreKind } from '../../../support/stores.ts'

/** What a migration takes over from the time before it. */
export const oldStoreOf = ({ name, openStore }: StoreKind) => {
  const anOldStore = suite(`a store of before there were rights in ${name}`)

  anOldStore('keeps its people, its sessions and its tokens', async () => {
    const database = connectDatabase((await openStore()).dialect())
    await first.up(database)
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
    const people = await new Users(database, systemClock).list()
    assert.equal(
      people.map((person) => [person.name, person.disabled, person.mustChangePassword]),
      [['expert', false, false]],
    )
    await database.destroy()
  })

  return anOldStore
}
