import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'

const theStore = suite('the store')

theStore('keeps its rows when it is closed and opened again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-store-'))
  const file = join(folder, 'fleet.db')
  const terminal = { id: 't1', village: 'Арча', registered_at: Date.now(), capabilities: '{}' }
  const before = await openDatabase(sqliteDialect(file, 'full'))
  await before.insertInto('terminals').values(terminal).execute()
  await before.destroy()
  const after = await openDatabase(sqliteDialect(file, 'normal'))
  const rows = await after.selectFrom('terminals').selectAll().execute()
  assert.is(rows.length, 1)
  assert.is(rows[0]?.village, 'Арча')
  assert.is(rows[0]?.registered_at, terminal.registered_at)
  await after.destroy()
  await rm(folder, { recursive: true })
})

theStore('undoes a transaction that fails', async () => {
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  const user = { id: 'u1', name: 'expert', password: 'x', role: 'expert', created_at: 1 } as const
  try {
    await database.transaction().execute(async (transaction) => {
      await transaction.insertInto('users').values(user).execute()
      await transaction
        .insertInto('users')
        .values({ ...user, id: 'u2' })
        .execute()
    })
    assert.unreachable()
  } catch (error) {
    assert.match(String(error), /UNIQUE/)
  }
  assert.equal(await database.selectFrom('users').select('id').execute(), [])
  await database.destroy()
})

theStore('forgets the least used of very many statements and goes on', async () => {
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  for (let count = 1; count <= 250; count++) {
    const ids = Array.from({ length: count }, (_, index) => String(index))
    assert.equal(await database.selectFrom('users').select('id').where('id', 'in', ids).execute(), [])
  }
  await database.destroy()
})

theStore('gives rows one by one', async () => {
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  const names = ['a', 'b', 'c']
  for (const name of names) {
    await database
      .insertInto('users')
      .values({ id: name, name, password: 'x', role: 'admin', created_at: 1 })
      .execute()
  }
  const seen: string[] = []
  for await (const row of database.selectFrom('users').select('name').orderBy('name').stream()) {
    seen.push(row.name)
  }
  assert.equal(seen, names)
  await database.destroy()
})

theStore('says so when it cannot be brought up to date', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-store-'))
  const file = join(folder, 'fleet.db')
  const database = await openDatabase(sqliteDialect(file, 'normal'))
  await database.deleteFrom('kysely_migration' as never).execute()
  await database.destroy()
  try {
    await openDatabase(sqliteDialect(file, 'normal'))
    assert.unreachable()
  } catch (error) {
    assert.match(String(error), /could not be brought up to date/)
  }
  await rm(folder, { recursive: true })
})

theStore.run()
