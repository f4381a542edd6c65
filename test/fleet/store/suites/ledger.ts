import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Ledger } from '../../../../fleet/commands/ledger.ts'
import type { CommandRecord } from '../../../../fleet/commands/record.ts'
import { openDatabase } from '../../../../fleet/store/database.ts'
import { uuidv7 } from '../../../../protocol/uuid.ts'
import type { StoreKind } from '../../../support/stores.ts'

const recordAt = (issuedAt: number, more: Partial<CommandRecord> = {}): CommandRecord => ({
  id: uuidv7(issuedAt),
  ...{ terminal: 't1', name: 'printer.print', input: { document: 'д' }, state: 'queued', actor: 'user:1' },
  ...{ issuedAt, expiresAt: issuedAt + 1000, deadlineMs: 60_000, updatedAt: issuedAt, pages: [] },
  ...more,
})

/** The rows of commands. */
export const ledgerOf = ({ name, openStore }: StoreKind) => {
  const theLedger = suite(`the ledger of commands in ${name}`)

  theLedger('gives a command back as it was entered and saved', async () => {
    const database = await openDatabase((await openStore()).dialect())
    const ledger = new Ledger(database)
    const records = [1000, 2000, 3000].map((issuedAt) => recordAt(issuedAt))
    for (const record of records) await ledger.enter(record)
    const [one, two, three] = records as [CommandRecord, CommandRecord, CommandRecord]
    assert.equal(await ledger.find(one.id), one)
    const over = { ...one, state: 'succeeded', updatedAt: 5000, result: { job: 7 } } as const
    await ledger.save(over)
    assert.equal(await ledger.find(one.id), over)
    assert.equal(
      (await ledger.open()).map(({ id }) => id),
      [two.id, three.id],
    )
    assert.equal(
      (await ledger.latest('t1', 2)).map(({ id }) => id),
      [three.id, two.id],
    )
    assert.equal(await ledger.latest('t2', 2), [])
    await database.destroy()
  })

  theLedger('enters one command for a key, however many ask at once', async () => {
    const database = await openDatabase((await openStore()).dialect())
    const ledger = new Ledger(database)
    const asked = Array.from({ length: 8 }, (_, index) => recordAt(1000 + index))
    const entered = await Promise.all(asked.map((record) => ledger.enterOnce(record, 'key')))
    assert.is(new Set(entered.map(({ id }) => id)).size, 1)
    assert.is((await ledger.open()).length, 1)
    const other = await ledger.enterOnce(recordAt(9, { input: {} }), 'key').catch(({ code }) => code)
    assert.is(other, 'conflict')
    await ledger.forgetKeys(1000 + 8 * 86_400_000)
    assert.is((await ledger.enterOnce(recordAt(9, { input: {} }), 'key')).issuedAt, 9)
    await database.destroy()
  })

  return theLedger
}
