import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createJournal } from '../../../agent/commands/journal.ts'
import { openDatabase } from '../../../agent/database.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { scratch } from '../../support/agent-parts.ts'

const source = (path: string) => fileURLToPath(new URL(`../../../agent/${path}`, import.meta.url))

/** Does `act` with a journal in a process of its own, which then dies by SIGKILL. */
const killedAfter = async (path: string, act: string): Promise<void> => {
  const program = `
    import { createJournal } from ${JSON.stringify(source('commands/journal.ts'))}
    import { openDatabase } from ${JSON.stringify(source('database.ts'))}
    const journal = createJournal(openDatabase(${JSON.stringify(path)}), Date.now)
    ${act}
    process.kill(process.pid, 'SIGKILL')
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' })
  const [, signal] = await once(child, 'exit')
  assert.is(signal, 'SIGKILL')
}

const reopened = (path: string) => {
  const database = openDatabase(path)
  return { database, journal: createJournal(database, Date.now) }
}
const receive = (id: string, name: string) =>
  `journal.receive(${JSON.stringify({ id, name, expiresAt: Date.now() + 60_000 })});`

const aCrash = suite('an agent is killed')

aCrash('before a print began: it failed and may be sent again', async () => {
  const path = join(scratch(), 'agent.db')
  const id = uuidv7()
  await killedAfter(path, receive(id, 'printer.print'))
  const { database, journal } = reopened(path)
  const [entry] = journal.recover()
  assert.is(entry?.id, id)
  assert.is(entry?.outcome?.state, 'failed')
  assert.is(entry?.outcome?.error?.retryable, true)
  assert.equal(journal.recover(), [])
  database.close()
})

aCrash('after a print began: its outcome is unknown and may not be sent again', async () => {
  const path = join(scratch(), 'agent.db')
  const id = uuidv7()
  await killedAfter(path, `${receive(id, 'printer.print')} journal.begin(${JSON.stringify(id)});`)
  const { database, journal } = reopened(path)
  const [entry] = journal.recover()
  assert.is(entry?.outcome?.state, 'unknown')
  assert.is(entry?.outcome?.error?.code, 'unknown-outcome')
  assert.is(entry?.outcome?.error?.retryable, false)
  database.close()
})

aCrash('in a scan: it is truncated and may be sent again', async () => {
  const path = join(scratch(), 'agent.db')
  await killedAfter(path, receive(uuidv7(), 'scanner.scan'))
  const { database, journal } = reopened(path)
  assert.is(journal.recover()[0]?.outcome?.error?.code, 'truncated')
  database.close()
})

aCrash('after the outcome was stored: it stands and waits to be reported', async () => {
  const path = join(scratch(), 'agent.db')
  const id = uuidv7()
  const outcome = { state: 'succeeded', result: { job: 7, impressions: 2 } }
  await killedAfter(
    path,
    `${receive(id, 'printer.print')} journal.begin(${JSON.stringify(id)});
     journal.finish({ id: ${JSON.stringify(id)}, name: 'printer.print' }, ${JSON.stringify(outcome)});`,
  )
  const { database, journal } = reopened(path)
  assert.equal(journal.recover(), [])
  assert.equal(
    journal.unreported().map((entry) => [entry.id, entry.outcome]),
    [[id, outcome]],
  )
  database.close()
})

aCrash('after the report was acknowledged: nothing is left to do, and the id stays known', async () => {
  const path = join(scratch(), 'agent.db')
  const id = uuidv7()
  await killedAfter(
    path,
    `${receive(id, 'printer.describe')}
     journal.finish({ id: ${JSON.stringify(id)}, name: 'printer.describe' }, { state: 'succeeded', result: {} });
     journal.reported(${JSON.stringify(id)});`,
  )
  const { database, journal } = reopened(path)
  assert.equal(journal.recover(), [])
  assert.equal(journal.unreported(), [])
  const known = journal.receive({ id, name: 'printer.describe', expiresAt: Date.now() })
  assert.is(known?.phase, 'reported')
  assert.is(known?.outcome?.state, 'succeeded')
  database.close()
})

aCrash.run()

const aJournal = suite('a journal')

aJournal('keeps the first outcome of two', () => {
  const journal = createJournal(openDatabase(':memory:'), Date.now)
  const id = uuidv7()
  journal.receive({ id, name: 'printer.print', expiresAt: Date.now() })
  journal.finish({ id, name: 'printer.print' }, { state: 'cancelled' })
  journal.finish({ id, name: 'printer.print' }, { state: 'succeeded' })
  assert.is(journal.find(id)?.outcome?.state, 'cancelled')
})

aJournal('lets no effect begin for what is over or was never received', () => {
  const journal = createJournal(openDatabase(':memory:'), Date.now)
  const id = uuidv7()
  assert.throws(() => journal.begin(id))
  journal.receive({ id, name: 'printer.print', expiresAt: Date.now() })
  journal.finish({ id, name: 'printer.print' }, { state: 'cancelled' })
  assert.throws(() => journal.begin(id))
})

aJournal('forgets a week later, but never before a command has expired or was acknowledged', () => {
  let now = Date.now()
  const journal = createJournal(openDatabase(':memory:'), () => now)
  const enter = (expiresAt: number, acknowledged: boolean) => {
    const id = uuidv7()
    journal.receive({ id, name: 'printer.describe', expiresAt })
    journal.finish({ id, name: 'printer.describe' }, { state: 'succeeded' })
    if (acknowledged) journal.reported(id)
    return id
  }
  const old = enter(now + 1000, true)
  const unheard = enter(now + 1000, false)
  const longLived = enter(now + 30 * 86_400_000, true)
  now += 8 * 86_400_000
  for (let count = 0; count < 60; count++) enter(now + 1000, true)
  assert.is(journal.find(old), undefined)
  assert.ok(journal.find(unheard))
  assert.ok(journal.find(longLived))
})

aJournal('holds a thousand commands, not more', () => {
  let now = Date.now()
  const database = openDatabase(':memory:')
  const journal = createJournal(database, () => now)
  for (let count = 0; count < 1200; count++) {
    now += 1
    const id = uuidv7()
    journal.receive({ id, name: 'printer.describe', expiresAt: now })
    journal.finish({ id, name: 'printer.describe' }, { state: 'succeeded' })
    journal.reported(id)
  }
  const row = database.sql.prepare('SELECT count(*) AS count FROM command').get()
  assert.ok(Number(row?.count) <= 1050, `${row?.count} are kept`)
})

aJournal('knows over a new start how late the last of those expired that it has forgotten', () => {
  let now = Date.now()
  const database = openDatabase(':memory:')
  const journal = createJournal(database, () => now)
  assert.is(journal.forgottenUntil, 0)
  const expiries = Array.from({ length: 1100 }, () => {
    now += 1
    const id = uuidv7()
    journal.receive({ id, name: 'printer.describe', expiresAt: now })
    journal.finish({ id, name: 'printer.describe' }, { state: 'succeeded' })
    journal.reported(id)
    return { id, expiresAt: now }
  })
  const forgotten = expiries.filter(({ id }) => journal.find(id) === undefined)
  assert.ok(forgotten.length > 0)
  assert.is(journal.forgottenUntil, Math.max(...forgotten.map(({ expiresAt }) => expiresAt)))
  assert.is(createJournal(database, () => 0).forgottenUntil, journal.forgottenUntil)
})

aJournal.run()
