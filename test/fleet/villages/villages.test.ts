import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readVillages } from '../../../fleet/cli/depot/villages.ts'
import { openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { places } from '../../../fleet/villages/places.ts'
import { StoredVillages } from '../../../fleet/villages/villages.ts'

const open = async () => {
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  const villages = new StoredVillages(database)
  await villages.start()
  return { database, villages }
}

const theVillages = suite('the villages')

theVillages('of a new fleet are those that the depot prepares, each within the republic', async () => {
  const listed = readVillages(await readFile('provisioning/villages.csv'))
  const words = (name: string, district = '') => `${name}, ${district}`
  assert.equal(
    places.map(({ name, district }) => words(name, district)).sort(),
    listed.map(({ village, district }) => words(village, district)).sort(),
  )
  for (const { name, latitude = 0, longitude = 0 } of places) {
    assert.ok(latitude > 53.9 && latitude < 56.7 && longitude > 47.2 && longitude < 54.3, name)
  }
  const { database, villages } = await open()
  assert.is(villages.list().length, places.length)
  assert.is(villages.districtOf('Бахта'), 'Чистопольский')
  assert.is(villages.districtOf('Нигде'), '')
  await database.destroy()
})

theVillages('are as people say, also after a restart', async () => {
  const { database, villages } = await open()
  await villages.put({ name: 'Бахта', district: 'Другой' })
  await villages.put({ name: 'Арча', district: 'Арский', latitude: 56.09, longitude: 49.88 })
  const again = new StoredVillages(database)
  await again.start()
  assert.equal(again.get('Бахта'), { name: 'Бахта', district: 'Другой' })
  assert.equal(again.get('Арча'), { name: 'Арча', district: 'Арский', latitude: 56.09, longitude: 49.88 })
  assert.is(again.list().length, places.length + 1)
  await database.destroy()
})

theVillages('refuse what is no village', async () => {
  const { database, villages } = await open()
  for (const wrong of [
    { name: '', district: 'x' },
    { name: 'a\nb', district: 'x' },
    { name: 'a', district: 'x'.repeat(101) },
    { name: 'a', district: 'x', latitude: 1 },
  ]) {
    assert.is(await villages.put(wrong).catch((error) => error.code), 'invalid')
  }
  await database.destroy()
})

theVillages.run()
