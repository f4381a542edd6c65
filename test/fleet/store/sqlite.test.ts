import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'

const theStore = suite('the store in a file')

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

theStore.run()
