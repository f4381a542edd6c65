import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AuditEntry, AuditHead } from '../../../fleet/api/audit-schemas.ts'
import type { Audit } from '../../../fleet/audit/audit.ts'
import { type Act, entryAfter, genesis, hashOf, rowOf } from '../../../fleet/audit/entry.ts'
import { checkExport } from '../../../fleet/audit/export-check.ts'
import { openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { canonical } from '../../../protocol/canonical.ts'
import { scratch, seeded } from '../../support/agent-parts.ts'
import { certifiedKeyring, openAudit } from '../../support/audit.ts'
import { StoppedClock } from '../../support/fleet.ts'

const rounds = 1000
const random = seeded(4)
const below = (count: number): number => Math.floor(random() * count)
const pick = <T>(things: readonly T[]): T => {
  const thing = things[below(things.length)]
  if (thing === undefined) throw new Error('There is nothing to pick')
  return thing
}

const clock = new StoppedClock()
const folder = scratch()
const file = join(folder, 'heads.ndjson')
const database = await openDatabase(sqliteDialect(join(folder, 'fleet.db'), 'normal'))
const { keyring, ca } = await certifiedKeyring(clock)
const parts = { signer: keyring, ca, clock }
const audit = await openAudit(database, parts, file)

const actOf = (number: number): Act => ({
  ...{ actor: `user:${number % 5}`, by: 'session', action: 'requestCommand', outcome: 'done' },
  ...(number % 2 === 0 && { subject: `t${number}`, about: 'scanner.scan' }),
  ...(number % 3 === 0 && { began: number }),
})
const oldHeads: AuditHead[] = []
for (let number = 1; number <= 24; number++) {
  await audit.write(actOf(number))
  await clock.pass(1000)
  if (number % 8 === 0) oldHeads.push(await audit.head())
}
const newest = await audit.head()
const entries = await audit.list({ from: 0, until: clock.now() + 1, limit: 100 })

/** The entries with new hashes from this one on, as whoever has no key can make them. */
const chained = (all: readonly AuditEntry[]): AuditEntry[] => {
  const made: AuditEntry[] = []
  for (const entry of all) made.push(entryAfter(made.at(-1) ?? genesis, entry.at, entry))
  return made
}
const edited = (entry: AuditEntry): AuditEntry => {
  const { about, ...rest } = entry
  return pick<AuditEntry>([
    { ...entry, actor: `${entry.actor}0` },
    { ...entry, at: entry.at + 1 + below(1000) },
    { ...entry, outcome: 'not-allowed' },
    { ...entry, action: 'terminals' },
    { ...entry, by: 'token' },
    { ...entry, subject: 't99' },
    about === undefined ? { ...rest, about: 'nothing' } : rest,
    { ...entry, began: (entry.began ?? 0) + 1 },
  ])
}
const replaced = (place: number, entry: AuditEntry): AuditEntry[] => entries.with(place, entry)

/** The entries, changed; each way with as much skill as there is without the fleet's key. */
const forgeries: Record<string, () => AuditEntry[]> = {
  'an entry edited': () => {
    const place = below(entries.length)
    return replaced(place, edited(pick(entries.slice(place, place + 1))))
  },
  'an entry edited with its hash': () => {
    const place = below(entries.length)
    const entry = edited(pick(entries.slice(place, place + 1)))
    return replaced(place, { ...entry, hash: hashOf(entry) })
  },
  'an entry edited and all after it hashed anew': () => {
    const place = below(entries.length)
    return chained(replaced(place, edited(pick(entries.slice(place, place + 1)))))
  },
  'a hash edited': () => {
    const place = below(entries.length)
    const entry = pick(entries.slice(place, place + 1))
    const other = entry.hash.startsWith('0') ? '1' : '0'
    return replaced(place, { ...entry, hash: other + entry.hash.slice(1) })
  },
  'an entry deleted': () => entries.toSpliced(below(entries.length), 1),
  'an entry deleted and all hashed anew': () => chained(entries.toSpliced(below(entries.length), 1)),
  'entries swapped': () => {
    const place = below(entries.length - 1)
    const [one, other] = entries.slice(place, place + 2)
    if (!one || !other) throw new Error('There are no two')
    return entries.toSpliced(place, 2, { ...other, number: one.number }, { ...one, number: other.number })
  },
  'entries swapped and all hashed anew': () => {
    const place = below(entries.length - 1)
    const [one, other] = entries.slice(place, place + 2)
    return chained(one && other ? entries.toSpliced(place, 2, other, one) : [])
  },
  'an entry inserted and all hashed anew': () =>
    chained(entries.toSpliced(below(entries.length), 0, edited(pick(entries)))),
  'an entry added at the end': () => chained([...entries, edited(pick(entries))]),
  'the end cut off': () => entries.slice(0, below(entries.length)),
  'the beginning cut off': () => entries.slice(1 + below(entries.length - 1)),
}

/** What is signed, or what proves it, changed in the store. */
const breaches: Record<string, () => Promise<unknown>> = {
  'the head deleted': () => database.deleteFrom('audit_seals').execute(),
  'the head edited': () =>
    database
      .updateTable('audit_seals')
      .set(
        pick([
          { number: 3 },
          { number: 25 },
          { hash: genesis.hash },
          { at: 1 },
          { signature: 'A'.repeat(86) },
        ]),
      )
      .execute(),
  'an older head in its place, and the end cut off': async () => {
    const { number, hash, at, signature } = pick(oldHeads.slice(0, -1))
    await database
      .updateTable('audit_seals')
      .set({ number, hash, at, key: signature.key, signature: signature.value })
      .execute()
    await database.deleteFrom('audit_entries').where('number', '>', number).execute()
  },
  'a head shown as a checkpoint, and the beginning cut off': async () => {
    const { number, hash, at, signature } = pick(oldHeads)
    await database
      .insertInto('audit_seals')
      .values({ kind: 'checkpoint', number, hash, at, key: signature.key, signature: signature.value })
      .execute()
    await database.deleteFrom('audit_entries').where('number', '<=', number).execute()
  },
  'the keys deleted': () => database.deleteFrom('audit_keys').execute(),
  'the keys edited': async () => {
    const { list } = await database.selectFrom('audit_keys').select('list').executeTakeFirstOrThrow()
    const keys = JSON.parse(list) as typeof keyring.keys
    const other = { ...keys, issuedAt: keys.issuedAt + 1 }
    await database
      .updateTable('audit_keys')
      .set({ list: JSON.stringify(other) })
      .execute()
  },
}

const put = async (all: readonly AuditEntry[]): Promise<void> => {
  await database.deleteFrom('audit_entries').execute()
  const numbers = new Set<number>()
  const rows = all.filter(({ number }) => !numbers.has(number) && numbers.add(number)).map(rowOf)
  if (rows.length > 0) await database.insertInto('audit_entries').values(rows).execute()
}

/** Any words of SQL, in the one connection that there is. */
const say = (words: string) =>
  database.executeQuery({ ...database.selectFrom('audit_keys').selectAll().compile(), sql: words })

/** Whether something is found, in a store that is as before afterwards. */
const isFound = async (change: () => Promise<unknown>, verifier: () => Promise<Audit>): Promise<boolean> => {
  await say('BEGIN')
  try {
    await change()
    return !(await (await verifier()).verify()).ok
  } finally {
    await say('ROLLBACK')
  }
}
/** A fleet that starts over what it finds. */
const started = () => openAudit(database, parts, file)
const running = async () => audit

const tampering = suite('tampering with the audit')

tampering.after(async () => {
  await keyring.stop()
  await database.destroy()
})

tampering('is not found where there is none', async () => {
  assert.equal(await audit.verify(), { ok: true, entries: 24, head: newest })
  assert.equal(await (await started()).verify(), { ok: true, entries: 24, head: newest })
})

tampering('in the database is found each time', async () => {
  const seen = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    const name = pick([...Object.keys(forgeries), ...Object.keys(breaches)])
    seen.set(name, (seen.get(name) ?? 0) + 1)
    const forgery = forgeries[name]
    const change = forgery ? () => put(forgery()) : (breaches[name] ?? (async () => undefined))
    // What is added by the rules after the last head, while no fleet runs, is counted at the start and not refused.
    const verifier = name.endsWith('at the end') || random() < 0.7 ? running : started
    assert.ok(await isFound(change, verifier), `${name}, by ${verifier.name}, round ${round}`)
  }
  assert.is(seen.size, Object.keys(forgeries).length + Object.keys(breaches).length)
  assert.ok((await audit.verify()).ok, 'and nothing was left behind')
})

tampering('with the table together with its head is found by the file beside the database', async () => {
  const older = oldHeads[0]
  if (!older) throw new Error('There is no older head')
  const cutBack = async () => {
    const { number, hash, at, signature } = older
    await database
      .updateTable('audit_seals')
      .set({ number, hash, at, key: signature.key, signature: signature.value })
      .execute()
    await database.deleteFrom('audit_entries').where('number', '>', number).execute()
  }
  assert.ok(await isFound(cutBack, started))
  const whole = await readFile(file, 'utf8')
  const withFile = (changed: string) => async () => {
    await writeFile(file, changed)
    return started()
  }
  const [first = '', ...rest] = whole.trimEnd().split('\n')
  const nothing = async () => undefined
  assert.ok(await isFound(nothing, withFile('')), 'a file that was emptied')
  assert.ok(
    await isFound(nothing, withFile(`${first.replace('"number":8', '"number":9')}\n${rest.join('\n')}\n`)),
  )
  assert.ok(await isFound(nothing, withFile(`${whole}nonsense\n`)))
  assert.not(
    await isFound(nothing, withFile(`${whole}{"at":17`)),
    'a torn last line is the power, not a hand',
  )
  assert.not(
    await isFound(cutBack, withFile(`${first}\n`)),
    'all three rewritten needs a head from elsewhere',
  )
  await writeFile(file, whole)
})

const linesOf = async (): Promise<string[]> =>
  (await text(Readable.from(audit.export()))).trimEnd().split('\n')
async function* each(lines: readonly string[]) {
  yield* lines
}

tampering('with an export is found each time', async () => {
  const lines = await linesOf()
  assert.is(lines.length, 26)
  assert.equal(await checkExport(each(lines)), { ok: true, entries: 24, head: newest })
  const ways: Record<string, () => string[]> = {
    'a character changed': () => {
      const place = below(lines.length)
      const line = lines[place] ?? ''
      const at = below(line.length)
      return lines.with(place, `${line.slice(0, at)}${line[at] === '7' ? '8' : '7'}${line.slice(at + 1)}`)
    },
    'a line deleted': () => lines.toSpliced(below(lines.length), 1),
    'a line twice': () => lines.toSpliced(below(lines.length), 0, pick(lines)),
    'lines swapped': () => {
      const place = below(lines.length - 1)
      return lines.toSpliced(place, 2, lines[place + 1] ?? '', lines[place] ?? '')
    },
    'cut off': () => lines.slice(0, below(lines.length)),
    'forged by the rules': () => {
      const forged = forgeries[pick(Object.keys(forgeries))]?.() ?? []
      return [lines[0] ?? '', ...forged.map((entry) => canonical(entry)), lines.at(-1) ?? '']
    },
  }
  for (let round = 0; round < rounds; round++) {
    const name = pick(Object.keys(ways))
    const changed = ways[name]?.() ?? []
    assert.not((await checkExport(each(changed), { heads: [newest] })).ok, `${name}, round ${round}`)
  }
})

tampering(
  'by whoever has another fleet of the same shape is found by a head or a root from before',
  async () => {
    const other = await certifiedKeyring(clock)
    const elsewhere = await openDatabase(sqliteDialect(':memory:', 'normal'))
    const pretence = await openAudit(elsewhere, { signer: other.keyring, ca: other.ca, clock })
    for (let number = 1; number <= 24; number++) await pretence.write(actOf(number))
    const lines = (await text(Readable.from(pretence.export()))).trimEnd().split('\n')
    assert.ok((await checkExport(each(lines))).ok, 'it is whole in itself')
    assert.not((await checkExport(each(lines), { heads: [newest] })).ok)
    assert.not((await checkExport(each(lines), { roots: ca })).ok)
    assert.ok((await checkExport(each(await linesOf()), { roots: ca, heads: oldHeads })).ok)
    await other.keyring.stop()
    await elsewhere.destroy()
  },
)

tampering.run()
