import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FleetArtefacts, type Part } from '../../../fleet/artefacts/artefacts.ts'
import { retention } from '../../../fleet/artefacts/retention.ts'
import { ProblemError } from '../../../fleet/problem.ts'
import { type Database, openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { StoppedClock, silent } from '../../support/fleet.ts'

const key = randomBytes(32)
let folder: string
let database: Database
let clock: StoppedClock
let artefacts: FleetArtefacts

const open = () => new FleetArtefacts({ folder, key, database, clock, log: silent })
/** The sealed files that are there, wherever they lie. */
const files = async () =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile())
const codeOf = async (act: Promise<unknown>) => {
  try {
    await act
  } catch (thrown) {
    assert.instance(thrown, ProblemError)
    return (thrown as ProblemError).code
  }
  return 'none'
}
const given = async (id: string, part: Part = 'original', range?: { first: number; last: number }) => {
  const row = await artefacts.find(id)
  assert.ok(row)
  return buffer(await artefacts.read(row, part, range))
}
const page = (source: Uint8Array | Readable, more = {}) => ({
  kind: 'page' as const,
  mediaType: 'image/jpeg',
  source,
  ...more,
})

const anArtefact = suite('an artefact of the fleet')

anArtefact.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), 'avyl-artefacts-'))
  database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  clock = new StoppedClock()
  artefacts = open()
  await artefacts.start()
})
anArtefact.after.each(async () => {
  await artefacts.stop()
  await database.destroy()
  await rm(folder, { recursive: true })
})

anArtefact('is given back whole or in part, and lies sealed', async () => {
  const bytes = randomBytes(200_000)
  const { id } = await artefacts.put(
    page(Readable.from([bytes]), { preview: Buffer.from('small'), pages: 1 }),
  )
  assert.ok(bytes.equals(await given(id)))
  assert.ok(
    bytes.subarray(70_000, 140_001).equals(await given(id, 'original', { first: 70_000, last: 140_000 })),
  )
  assert.is((await given(id, 'preview')).toString(), 'small')
  for (const file of await files()) {
    const sealed = await readFile(join(file.parentPath, file.name))
    assert.is(sealed.indexOf(bytes.subarray(0, 16)), -1)
    assert.is(sealed.indexOf('small'), -1)
  }
})

anArtefact('of no bytes is given back too', async () => {
  const { id } = await artefacts.put(page(Buffer.alloc(0)))
  assert.is((await given(id)).length, 0)
})

anArtefact('has its preview before its original', async () => {
  const id = uuidv7()
  const heard: [string, Part][] = []
  artefacts.onStored((row, part) => heard.push([row.id, part]))
  const mine = { id, terminal: 'kazan-7', command: uuidv7(), kind: 'page' as const }
  await artefacts.receive({ ...mine, mediaType: 'image/jpeg', part: 'preview', source: Buffer.from('small') })
  assert.is((await given(id, 'preview')).toString(), 'small')
  assert.is(await codeOf(given(id)), 'not-ready')
  await artefacts.receive({ ...mine, mediaType: 'image/png', part: 'original', source: Buffer.from('large') })
  assert.is((await given(id)).toString(), 'large')
  assert.is((await artefacts.find(id))?.media_type, 'image/png')
  assert.equal(heard, [
    [id, 'preview'],
    [id, 'original'],
  ])
  assert.equal(
    (await artefacts.ofCommand(mine.command)).map((row) => row.id),
    [id],
  )
})

anArtefact('that comes again is the same, and one that differs is refused', async () => {
  const mine = { ...page(Buffer.from('a')), id: uuidv7(), terminal: 'kazan-7', part: 'original' as const }
  let heard = 0
  artefacts.onStored(() => {
    heard += 1
  })
  const [first, second] = await Promise.all([artefacts.receive(mine), artefacts.receive(mine)])
  assert.equal(first, second)
  assert.is(heard, 1)
  assert.is(await codeOf(artefacts.receive({ ...mine, source: Buffer.from('b') })), 'conflict')
  assert.is(await codeOf(artefacts.receive({ ...mine, terminal: 'kazan-8' })), 'conflict')
  assert.is((await given(mine.id)).toString(), 'a')
  assert.is((await files()).length, 1)
})

anArtefact('whose bytes are not those announced leaves nothing', async () => {
  const id = uuidv7()
  const announced = { ...page(Buffer.from('a')), id, part: 'original' as const, sha256: '0'.repeat(64) }
  assert.is(await codeOf(artefacts.receive(announced)), 'invalid')
  assert.is(await artefacts.find(id), undefined)
  assert.equal(await files(), [])
})

anArtefact('is erased for good, but not what another one still needs', async () => {
  const one = await artefacts.put(page(Buffer.from('same'), { preview: Buffer.from('p1') }))
  const two = await artefacts.put(page(Buffer.from('same'), { preview: Buffer.from('p2') }))
  assert.is((await files()).length, 3)
  await artefacts.erase(one.id)
  assert.is(await codeOf(given(one.id)), 'erased')
  assert.is((await given(two.id)).toString(), 'same')
  assert.is((await files()).length, 2)
  await artefacts.erase(two.id)
  await artefacts.erase(two.id)
  await artefacts.erase('no such id')
  assert.equal(await files(), [])
})

anArtefact('that is erased while the same bytes come in leaves these', async () => {
  for (let round = 0; round < 20; round += 1) {
    const old = await artefacts.put(page(Buffer.from('same')))
    const [fresh] = await Promise.all([artefacts.put(page(Buffer.from('same'))), artefacts.erase(old.id)])
    assert.is((await given(fresh.id)).toString(), 'same')
    await artefacts.erase(fresh.id)
  }
  assert.equal(await files(), [])
})

anArtefact('that was erased on its way does not come back', async () => {
  const mine = { ...page(Buffer.from('p')), id: uuidv7(), terminal: 'kazan-7' }
  await artefacts.receive({ ...mine, part: 'preview' })
  await artefacts.erase(mine.id)
  await artefacts.receive({ ...mine, part: 'original' })
  assert.is(await codeOf(given(mine.id)), 'erased')
  assert.equal(await files(), [])
})

anArtefact('erases itself when its time is over', async () => {
  const scanned = await artefacts.put(page(Buffer.from('page')))
  const bundle = await artefacts.put({
    kind: 'diagnostics',
    mediaType: 'application/gzip',
    source: Buffer.from('d'),
  })
  await artefacts.stop()
  await clock.pass(retention.diagnostics + 1)
  await artefacts.start()
  assert.is(await codeOf(given(bundle.id)), 'erased')
  assert.is((await given(scanned.id)).toString(), 'page')
  await clock.pass(retention.page)
  for (let turn = 0; turn < 100 && (await files()).length > 0; turn += 1) await clock.pass(0)
  assert.is(await codeOf(given(scanned.id)), 'erased')
  assert.equal(await files(), [])
})

/** Puts a folder in the place of a file, which no disk lets go as a file; what is given puts the file back. */
const hold = async (): Promise<() => Promise<void>> => {
  const held = await Promise.all(
    (await files()).map(async ({ parentPath, name }) => {
      const path = join(parentPath, name)
      const bytes = await readFile(path)
      await rm(path)
      await mkdir(path)
      return { path, bytes }
    }),
  )
  return async () => {
    for (const { path, bytes } of held) {
      await rmdir(path)
      await writeFile(path, bytes)
    }
  }
}

anArtefact('that the disk did not let go is gone when it is erased once more', async () => {
  const { id } = await artefacts.put(page(Buffer.from('page'), { preview: Buffer.from('small') }))
  const release = await hold()
  assert.is(await artefacts.erase(id).then(String, () => 'failed'), 'failed')
  await release()
  assert.is((await files()).length, 2)
  await artefacts.erase(id)
  assert.equal(await files(), [])
})

anArtefact('that the disk did not let go is tried again with what is due', async () => {
  const { id } = await artefacts.put(page(Buffer.from('page'), { preview: Buffer.from('small') }))
  const release = await hold()
  assert.is(await artefacts.erase(id).then(String, () => 'failed'), 'failed')
  assert.is(await artefacts.sweep().then(String, () => 'failed'), 'failed', 'the disk still fails')
  await release()
  await artefacts.sweep()
  assert.equal(await files(), [])
})

anArtefact('outlives a restart, and what a killed process left behind does not', async () => {
  const { id } = await artefacts.put(page(Buffer.from('kept')))
  const [file] = await files()
  assert.ok(file)
  const other = `${file.name.slice(0, -1)}${file.name.endsWith('0') ? '1' : '0'}`
  await writeFile(join(file.parentPath, other), 'orphan')
  await writeFile(join(folder, 'incoming', 'half.part'), 'half')
  artefacts = open()
  await artefacts.start()
  assert.is((await given(id)).toString(), 'kept')
  assert.is((await files()).length, 1)
})

anArtefact('whose file is damaged is told, not given', async () => {
  const { id } = await artefacts.put(page(Buffer.from('kept')))
  for (const file of await files()) await writeFile(join(file.parentPath, file.name), 'x')
  assert.is(await codeOf(given(id)), 'internal')
})

anArtefact.run()
