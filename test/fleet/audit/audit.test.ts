import { mkdtempSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keptMs, sealEveryMs } from '../../../fleet/audit/audit.ts'
import { type Act, entryAfter, genesis, rowOf } from '../../../fleet/audit/entry.ts'
import { checkExport } from '../../../fleet/audit/export-check.ts'
import { HeadFile } from '../../../fleet/audit/head-file.ts'
import { openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { scratch } from '../../support/agent-parts.ts'
import { certifiedKeyring, openAudit } from '../../support/audit.ts'
import { StoppedClock } from '../../support/fleet.ts'

const root = scratch()
const act: Act = { actor: 'user:1', by: 'session', action: 'revokeTerminal', outcome: 'done', subject: 't1' }

/** A clock on which years pass at once, without what is due in them. */
const leaping = () => {
  let time = 1_700_000_000_000
  return {
    now: () => time,
    every: () => () => undefined,
    pass: async (milliseconds: number) => {
      time += milliseconds
    },
  }
}

/** An audit with a clock of its own; `again` starts another over what the one before left. */
const open = async (clock: Pick<StoppedClock, 'now' | 'every' | 'pass'> = new StoppedClock()) => {
  const folder = mkdtempSync(join(root, 'fleet-'))
  const file = join(folder, 'heads.ndjson')
  const database = await openDatabase(sqliteDialect(join(folder, 'fleet.db'), 'normal'))
  const { keyring, ca } = await certifiedKeyring(clock)
  const again = () => openAudit(database, { signer: keyring, ca, clock }, file)
  const all = (audit: Awaited<ReturnType<typeof again>>) =>
    audit.list({ from: 0, until: Infinity, limit: 1000 })
  return {
    ...{ clock, file, database, keyring, ca, again, all, audit: await again() },
    close: async () => {
      await keyring.stop()
      await database.destroy()
    },
  }
}
async function* each(lines: readonly string[]) {
  yield* lines
}

const theAudit = suite('the audit')

theAudit('writes what comes at once one after another, without a gap', async () => {
  const { audit, all, close } = await open()
  await Promise.all(Array.from({ length: 200 }, (_, place) => audit.write({ ...act, subject: `t${place}` })))
  const entries = await all(audit)
  assert.equal(
    entries.map(({ number }) => number),
    Array.from({ length: 200 }, (_, place) => place + 1),
  )
  assert.is(entries[0]?.previous, genesis.hash)
  assert.equal(await audit.verify(), { ok: true, entries: 200 })
  await close()
})

theAudit('keeps text of any kind as it can be verified', async () => {
  const { audit, all, close } = await open()
  await audit.write({ ...act, subject: 'a\u0000b\ud800c\n', about: 'Ә'.repeat(999) })
  const [entry] = await all(audit)
  assert.is(entry?.subject, 'a b\ufffdc ')
  assert.is(entry?.about?.length, 200)
  assert.ok((await audit.verify()).ok)
  await close()
})

theAudit('gives the newest, or those after one, of one actor or one kind', async () => {
  const { audit, clock, close } = await open()
  for (let number = 1; number <= 9; number++) {
    await audit.write({ ...act, actor: `user:${number % 2}`, action: number % 3 === 0 ? 'scan' : 'print' })
    await clock.pass(1000)
  }
  const from = clock.now() - 5000
  const numbers = async (query: object) =>
    (await audit.list({ from: 0, until: Infinity, limit: 3, ...query })).map(({ number }) => number)
  assert.equal(await numbers({}), [7, 8, 9])
  assert.equal(await numbers({ after: 2 }), [3, 4, 5])
  assert.equal(await numbers({ actor: 'user:0' }), [4, 6, 8])
  assert.equal(await numbers({ action: 'scan', after: 0 }), [3, 6, 9])
  assert.equal(await numbers({ from, until: from + 2000 }), [5, 6])
  await close()
})

theAudit(
  'does not say that it wrote what the store did not take, and goes on when it does again',
  async () => {
    const { audit, database, all, close } = await open()
    await audit.write(act)
    const foreign = rowOf(entryAfter({ number: 1, hash: 'x' }, 1, act))
    await database.insertInto('audit_entries').values(foreign).execute()
    const refused = await audit.write(act).catch((error: unknown) => error)
    assert.instance(refused, Error)
    const { ok, fault } = await audit.verify()
    assert.equal([ok, fault?.number], [false, 2])
    await database.deleteFrom('audit_entries').where('number', '=', 2).execute()
    audit.note({ action: 'identity-quarantined', subject: 't1', about: 'used-twice' })
    await audit.head()
    const [, second] = await all(audit)
    assert.equal([second?.actor, second?.by, second?.action], ['fleet', 'fleet', 'identity-quarantined'])
    assert.ok((await audit.verify()).ok)
    await close()
  },
)

theAudit('signs its end at intervals, when asked and when it stops, and nothing twice', async () => {
  const { audit, clock, file, again, close } = await open()
  const signed = async () => (await readFile(file, 'utf8')).trimEnd().split('\n').length
  await audit.write(act)
  await clock.pass(sealEveryMs)
  const head = await audit.head()
  assert.is(head.number, 1)
  assert.equal(await audit.head(), head)
  await clock.pass(5 * sealEveryMs)
  assert.is(await signed(), 1)
  await audit.write(act)
  await audit.stop()
  assert.is(await signed(), 2)
  const next = await again()
  assert.equal((await next.verify()).head?.number, 2)
  assert.is((await next.head()).number, 2, 'what was signed is not signed anew')
  await close()
})

theAudit('says after a power cut how much of it nobody had signed', async () => {
  const { audit, again, all, close } = await open()
  await audit.write(act)
  await audit.head()
  await audit.write(act)
  const next = await again()
  const last = (await all(next)).at(-1)
  assert.equal([last?.action, last?.about], ['auditResumed', 'signed up to 1, found up to 2'])
  assert.ok((await next.verify()).ok)
  await close()
})

theAudit('is verified also when the keys that signed it are long gone', async () => {
  const { audit, clock, keyring, ca, close } = await open(leaping())
  await audit.write(act)
  const old = await audit.head()
  for (let change = 0; change < 3; change++) {
    await keyring.rotate(0)
    await clock.pass(3 * 86_400_000)
    await audit.write(act)
    await audit.head()
  }
  assert.not(keyring.keys.keys.some(({ id }) => id === old.signature.key))
  assert.ok((await audit.verify()).ok)
  const lines = (await text(Readable.from(audit.export()))).trimEnd().split('\n')
  assert.ok((await checkExport(each(lines), { roots: ca, heads: [old] })).ok)
  await close()
})

theAudit('lets go of what is older than three years and can still be verified', async () => {
  const { audit, clock, again, close } = await open(leaping())
  await audit.prune()
  for (let number = 1; number <= 1200; number++) await audit.write(act)
  const early = await audit.head()
  await clock.pass(1000)
  for (let number = 1; number <= 3; number++) await audit.write(act)
  const middle = await audit.head()
  await clock.pass(keptMs - 500)
  await audit.write(act)
  await audit.prune()
  const verdict = await audit.verify()
  assert.equal([verdict.ok, verdict.first, verdict.entries], [true, 1201, 4])
  const lines = (await text(Readable.from(audit.export()))).trimEnd().split('\n')
  const exported = await checkExport(each(lines), { heads: [early, middle] })
  assert.equal([exported.ok, exported.first, exported.entries], [true, 1201, 4])
  await clock.pass(2 * keptMs)
  await audit.prune()
  const next = await again()
  assert.is((await next.write(act)).number, 1205, 'numbers go on where nothing is left')
  assert.equal((await next.verify()).first, 1205)
  await close()
})

theAudit('keeps its file of heads small and reaching back', async () => {
  const path = join(root, 'heads.ndjson')
  const file = new HeadFile(path, 8)
  await file.start()
  const signature = { key: '0'.repeat(16), value: 'A'.repeat(86) }
  for (let number = 1; number <= 100; number++) {
    await file.append({ number, hash: genesis.hash, at: number, signature })
  }
  const numbers = (await file.heads()).map((head) => head?.number ?? 0)
  assert.ok(numbers.length <= 8)
  assert.equal([numbers[0], numbers.at(-1)], [1, 100])
  assert.equal(
    numbers,
    numbers.toSorted((one, other) => one - other),
  )
  assert.equal(await new HeadFile(`${path}.absent`).heads(), [])
})

theAudit('lets others work while it is verified, and does so once for all who ask', async () => {
  const { audit, database, close } = await open()
  let entry = await audit.write(act)
  for (let page = 0; page < 20; page++) {
    const rows = Array.from({ length: 200 }, () => {
      entry = entryAfter(entry, 1, act)
      return rowOf(entry)
    })
    await database.insertInto('audit_entries').values(rows).execute()
  }
  let turns = 0
  let verifying = true
  const others = (async () => {
    while (verifying) {
      await turn()
      turns += 1
    }
  })()
  const [one, other] = await Promise.all([audit.verify(), audit.verify()])
  verifying = false
  await others
  assert.is(one, other)
  assert.is(one.fault?.text, 'Somebody else wrote this entry', 'the rest was added behind its back')
  assert.is(one.entries, 4001)
  assert.ok(turns >= 10, String(turns))
  await close()
})

theAudit.run()
