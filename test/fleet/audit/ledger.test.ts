import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Act } from '../../../fleet/audit/entry.ts'
import { AuditLedger } from '../../../fleet/audit/ledger.ts'
import { type Database, openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { StoppedClock } from '../../support/fleet.ts'

const act: Act = { actor: 'user:1', by: 'session', action: 'revokeTerminal', outcome: 'done', subject: 't1' }

/** What a line loses of the next writes: the store's word of each, so that it answers nothing else either, or the write. */
type Loss = 'nothing' | 'word' | 'word-and-line' | 'write'

/** A ledger whose store is at the other end of a line. What the line lost may still come, just before the next write. */
const open = async () => {
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  type Query = Parameters<Database['executeQuery']>[0]
  const line = { loses: 'nothing' as Loss, late: [] as Query[] }
  const far: Pick<Database, 'executeQuery' | 'insertInto' | 'selectFrom'> = {
    executeQuery: async (query: Query) => {
      if (line.loses === 'write') line.late.push(query)
      else for (const each of [...line.late.splice(0), query]) await database.executeQuery(each)
      if (line.loses !== 'nothing') throw new Error('Connection terminated unexpectedly')
      return { rows: [] }
    },
    insertInto: (table) => database.insertInto(table),
    selectFrom: ((table: 'audit_entries') => {
      if (line.loses === 'word-and-line') throw new Error('connect ECONNREFUSED')
      return database.selectFrom(table)
    }) as Database['selectFrom'],
  }
  const ledger = new AuditLedger(far as Database, new StoppedClock())
  const write = (subject: string) =>
    ledger.append({ ...act, subject }).then(
      () => 'written',
      (error: Error) => error.message,
    )
  const subjects = async () =>
    (await ledger.page(0, 100)).map(({ number, subject }) => `${number} ${subject}`)
  return { database, line, ledger, write, subjects }
}

const theLedger = suite('the ledger of the audit')

theLedger('knows what the store wrote although its word was lost', async () => {
  const { database, line, write, subjects } = await open()
  line.loses = 'word'
  assert.is(await write('t1'), 'written')
  line.loses = 'nothing'
  assert.is(await write('t2'), 'written')
  assert.equal(await subjects(), ['1 t1', '2 t2'])
  await database.destroy()
})

theLedger('goes on behind an entry that was written while the store could not be asked', async () => {
  const { database, line, ledger, write, subjects } = await open()
  await write('t1')
  line.loses = 'word-and-line'
  assert.match(await write('t2'), 'terminated')
  assert.match(await write('t3'), 'ECONNREFUSED', 'nothing is written before it is known behind what')
  line.loses = 'nothing'
  assert.is((await ledger.settled()).number, 2)
  assert.is(await write('t4'), 'written')
  assert.equal(await subjects(), ['1 t1', '2 t2', '3 t4'])
  await database.destroy()
})

theLedger('goes on where an entry that was in doubt is not there', async () => {
  const { database, line, write, subjects } = await open()
  line.loses = 'write'
  for (let count = 0; count < 20; count++) assert.match(await write('t1'), 'terminated')
  line.loses = 'nothing'
  line.late = []
  assert.is(await write('t2'), 'written')
  assert.equal(await subjects(), ['1 t2'])
  await database.destroy()
})

theLedger('goes on behind an entry that came after the store was asked for it', async () => {
  const { database, line, write, subjects } = await open()
  line.loses = 'write'
  assert.match(await write('t1'), 'terminated')
  line.loses = 'nothing'
  assert.match(await write('t2'), 'UNIQUE', 'its number was given to the late one')
  assert.is(await write('t3'), 'written')
  assert.equal(await subjects(), ['1 t1', '2 t3'])
  await database.destroy()
})

theLedger.run()
