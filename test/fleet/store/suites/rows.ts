import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openDatabase } from '../../../../fleet/store/database.ts'
import type { StoreKind } from '../../../support/stores.ts'

const user = { id: 'u1', name: 'expert', password: 'x', role: 'expert', created_at: 1 } as const

/** What every part of the fleet relies on. */
export const rowsOf = ({ name, openStore }: StoreKind) => {
  const theStore = suite(`the store in ${name}`)

  theStore('keeps its rows when it is closed and opened again', async () => {
    const store = await openStore()
    const terminal = { id: 't1', village: 'Арча', registered_at: Date.now(), capabilities: '{}' }
    const before = await openDatabase(store.dialect())
    await before.insertInto('terminals').values(terminal).execute()
    await before.destroy()
    const after = await openDatabase(store.dialect())
    const rows = await after.selectFrom('terminals').selectAll().execute()
    assert.equal(
      rows.map(({ id, village, registered_at, last_seen }) => [id, village, registered_at, last_seen]),
      [['t1', 'Арча', terminal.registered_at, null]],
    )
    await after.destroy()
  })

  theStore('undoes a transaction that fails', async () => {
    const database = await openDatabase((await openStore()).dialect())
    const failed = await database
      .transaction()
      .execute(async (transaction) => {
        await transaction.insertInto('users').values(user).execute()
        await transaction
          .insertInto('users')
          .values({ ...user, id: 'u2' })
          .execute()
      })
      .catch((error: unknown) => String(error))
    assert.match(String(failed), /unique/i)
    assert.equal(await database.selectFrom('users').select('id').execute(), [])
    await database.destroy()
  })

  theStore('lets transactions take turns, so that what one has read stays true until it writes', async () => {
    const database = await openDatabase((await openStore()).dialect())
    await database.insertInto('users').values(user).execute()
    const addOne = () =>
      database.transaction().execute(async (transaction) => {
        const { created_at } = await transaction
          .selectFrom('users')
          .select('created_at')
          .executeTakeFirstOrThrow()
        await transaction
          .updateTable('users')
          .set({ created_at: created_at + 1 })
          .execute()
      })
    await Promise.all(Array.from({ length: 10 }, addOne))
    const { created_at } = await database.selectFrom('users').select('created_at').executeTakeFirstOrThrow()
    assert.is(created_at, 11)
    await database.destroy()
  })

  theStore('gives integers, counts and sums as numbers, and none that is not exact', async () => {
    const database = await openDatabase((await openStore()).dialect())
    await database
      .insertInto('users')
      .values([
        { ...user, created_at: Number.MAX_SAFE_INTEGER },
        { ...user, id: 'u2', name: 'other', created_at: -1 },
      ])
      .execute()
    const found = await database
      .selectFrom('users')
      .select(({ fn }) => [
        fn.countAll<number>().as('count'),
        fn.sum<number>('created_at').as('sum'),
        fn.max('created_at').as('newest'),
      ])
      .executeTakeFirstOrThrow()
    assert.equal(
      { ...found },
      { count: 2, sum: Number.MAX_SAFE_INTEGER - 1, newest: Number.MAX_SAFE_INTEGER },
    )
    await database
      .updateTable('users')
      .set(({ eb }) => ({ created_at: eb('created_at', '+', 2) }))
      .where('id', '=', 'u1')
      .execute()
    const inexact = await database
      .selectFrom('users')
      .select('created_at')
      .where('id', '=', 'u1')
      .execute()
      .then(
        () => 'given',
        (error: unknown) => (error instanceof RangeError ? 'refused' : String(error)),
      )
    assert.is(inexact, 'refused')
    await database.destroy()
  })

  theStore('tells how many rows a statement changed', async () => {
    const database = await openDatabase((await openStore()).dialect())
    await database.insertInto('users').values(user).execute()
    const again = await database
      .insertInto('users')
      .values(user)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst()
    assert.is(again.numInsertedOrUpdatedRows, 0n)
    const changed = await database.updateTable('users').set({ name: 'x' }).executeTakeFirst()
    assert.is(changed.numUpdatedRows, 1n)
    const gone = await database.deleteFrom('users').where('id', '=', 'u2').executeTakeFirst()
    assert.is(gone.numDeletedRows, 0n)
    await database.destroy()
  })

  theStore('says so when it cannot be brought up to date', async () => {
    const store = await openStore()
    const database = await openDatabase(store.dialect())
    await database.deleteFrom('kysely_migration' as never).execute()
    await database.destroy()
    const outcome = await openDatabase(store.dialect()).catch((error: unknown) => String(error))
    assert.match(String(outcome), /could not be brought up to date/)
  })

  return theStore
}
