import { mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openDatabase } from '../../agent/database.ts'
import { scratch } from '../support/agent-parts.ts'

const newPath = () => join(scratch(), 'agent.db')

const aDatabase = suite('a database')

aDatabase('that is damaged is put aside, and it is said at each start from then on', () => {
  const path = newPath()
  writeFileSync(path, Buffer.alloc(8192, 'no database'))
  const database = openDatabase(path)
  assert.is(database.lost, true)
  database.sql.exec('CREATE TABLE fact (text TEXT)')
  database.close()
  const later = openDatabase(path)
  assert.is(later.lost, true)
  assert.equal(later.sql.prepare('SELECT * FROM fact').all(), [])
  later.close()
})

aDatabase('whose putting aside a power cut broke off is begun anew, and its log is not read', () => {
  const path = newPath()
  const before = openDatabase(path)
  before.sql.exec('CREATE TABLE fact (text TEXT)')
  renameSync(path, `${path}.damaged-1`)
  const database = openDatabase(path)
  assert.is(database.lost, true)
  assert.equal(database.sql.prepare('SELECT name FROM sqlite_schema').all(), [])
  database.close()
  before.close()
})

aDatabase('that cannot be opened is not damaged, and stays where it is', () => {
  const path = newPath()
  mkdirSync(path)
  assert.throws(() => openDatabase(path), /unable to open/)
  assert.ok(statSync(path).isDirectory())
  assert.equal(readdirSync(dirname(path)), ['agent.db'])
})

aDatabase('that was never damaged has lost nothing', () => {
  const path = newPath()
  openDatabase(path).close()
  const database = openDatabase(path)
  assert.is(database.lost, false)
  database.close()
})

aDatabase('is held by one process alone', () => {
  const path = newPath()
  const database = openDatabase(path)
  database.sql.exec('CREATE TABLE fact (text TEXT)')
  assert.throws(() => openDatabase(path), /locked/)
  database.close()
})

aDatabase.run()
