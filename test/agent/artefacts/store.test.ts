import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NewArtefact } from '../../../agent/artefacts/artefacts.ts'
import { createArtefactIndex } from '../../../agent/artefacts/index-table.ts'
import { type ArtefactStoreParts, createArtefactStore } from '../../../agent/artefacts/store.ts'
import { openDatabase } from '../../../agent/database.ts'
import { createBackoff } from '../../../agent/link/backoff.ts'
import { createClock } from '../../../agent/link/clock.ts'
import { createDoor } from '../../../agent/link/https.ts'
import { CommandError } from '../../../protocol/errors.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { loadKey } from '../../../vault/key.ts'
import { silent } from '../../support/agent-parts.ts'
import { credentialsOf, openTerminalFleet, type TerminalFleet } from '../../support/terminal-fleet.ts'

const never = new AbortController().signal

const openStore = async (fleet: TerminalFleet, changes: Partial<ArtefactStoreParts> = {}) => {
  const config = await fleet.configure('terminal-1')
  const folder = join(fleet.folder, 'store')
  mkdirSync(folder, { recursive: true })
  const database = openDatabase(join(folder, 'agent.db'))
  const credentials = await credentialsOf(config)
  const door = createDoor(() => credentials, createClock())
  const lost: string[] = []
  const store = createArtefactStore({
    folder,
    key: await loadKey(join(folder, 'key')),
    database,
    door,
    now: Date.now,
    logger: silent,
    lost: ({ id }) => lost.push(id),
    backoff: () => createBackoff({ base: 1, cap: 20 }),
    ...changes,
  })
  return {
    store,
    database,
    lost,
    door,
    folder,
    files: () => readdirSync(join(folder, 'artefacts')),
    async close() {
      await store.stop()
      door.close()
      database.close()
    },
  }
}

const command = uuidv7()
const picture = Buffer.from('a small picture')
const pageOf = (bytes: NewArtefact['bytes'], preview?: Uint8Array): NewArtefact => ({
  kind: 'page',
  mediaType: 'image/jpeg',
  command,
  bytes,
  ...(preview ? { preview } : {}),
})
/** Bytes that repeat nowhere. */
const noise = (length: number) => {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE(Math.imul(at + 1, 2654435761) >>> 0, at)
  return bytes
}

/** A file that an agent kept while the fleet took none, and the agent has ended. */
const keptUnsent = async (page: NewArtefact) => {
  const fleet = await openTerminalFleet()
  fleet.mishaps.refuseUploads = 503
  const { store, folder, close } = await openStore(fleet)
  await store.start()
  const id = await store.keep(page)
  await close()
  fleet.mishaps.refuseUploads = undefined
  return { fleet, folder, id }
}

const aFile = suite('a file of a command')

aFile('reaches the fleet, preview first, and leaves nothing on the terminal', async () => {
  const fleet = await openTerminalFleet()
  const { store, files, close } = await openStore(fleet)
  await store.start()
  const bytes = noise(200_000)
  const id = await store.keep(
    pageOf(Readable.from([bytes.subarray(0, 70_000), bytes.subarray(70_000)]), picture),
  )
  assert.equal(store.keptBy(command), [id])
  assert.equal(store.pagesOf(command), [])
  await store.delivered([id], never)
  const [first, second] = fleet.uploads
  assert.equal([first?.metadata.part, second?.metadata.part], ['preview', 'original'])
  assert.ok(first?.bytes.equals(picture))
  assert.ok(second?.bytes.equals(bytes))
  assert.equal(second?.metadata.sha256, createHash('sha256').update(bytes).digest('hex'))
  assert.equal([second?.metadata.artefact, second?.metadata.command], [id, command])
  await fleet.until(() => files().length === 0)
  await close()
  await fleet.close()
})

aFile('that is a page is known with its size even when the agent is killed right after', async () => {
  const fleet = await openTerminalFleet()
  fleet.mishaps.refuseUploads = 503
  const { store, database, close } = await openStore(fleet)
  await store.start()
  const page = { width: 10, height: 20, dpi: 75, blank: true }
  const first = await store.keep({ ...pageOf(noise(100)), page })
  const second = await store.keep({ ...pageOf(noise(200)), page: { ...page, blank: false } })
  const later = createArtefactIndex(database, Date.now)
  assert.equal(later.pagesOf(command), [
    { artefact: first, ...page },
    { artefact: second, ...page, blank: false },
  ])
  await close()
  await fleet.close()
})

aFile('lies sealed on the disk, for its owner alone', async () => {
  const fleet = await openTerminalFleet()
  fleet.mishaps.refuseUploads = 503
  const { store, folder, files, close } = await openStore(fleet)
  await store.start()
  await store.keep(pageOf(Buffer.from('a secret letter')))
  const [name = ''] = files()
  const path = join(folder, 'artefacts', name)
  assert.not.ok(readFileSync(path).includes('letter'))
  assert.is(statSync(path).mode & 0o777, 0o600)
  await close()
  await fleet.close()
})

aFile('goes on where its upload was cut', async () => {
  const fleet = await openTerminalFleet()
  Object.assign(fleet.mishaps, { cuts: 2, cutUploadAfter: 300_000 })
  const { store, close } = await openStore(fleet)
  await store.start()
  const bytes = noise(3_000_000)
  const id = await store.keep(pageOf(bytes))
  await store.delivered([id], never)
  assert.ok(fleet.uploads[0]?.bytes.equals(bytes))
  assert.is(fleet.requests.filter((request) => request.startsWith('POST')).length, 1, 'it was begun once')
  assert.ok(fleet.requests.some((request) => request.startsWith('HEAD')))
  await close()
  await fleet.close()
})

aFile('is sent after a restart of the agent, also from the middle', async () => {
  const fleet = await openTerminalFleet()
  Object.assign(fleet.mishaps, { cuts: 1000, cutUploadAfter: 100_000 })
  const before = await openStore(fleet)
  await before.store.start()
  const bytes = noise(3_000_000)
  const id = await before.store.keep(pageOf(bytes))
  await fleet.until(() => fleet.requests.some((request) => request.startsWith('HEAD')))
  await before.close()
  fleet.mishaps.cuts = 0
  const { store, close } = await openStore(fleet)
  await store.start()
  await store.delivered([id], never)
  assert.ok(fleet.uploads[0]?.bytes.equals(bytes))
  assert.is(fleet.requests.filter((request) => request.startsWith('POST')).length, 1)
  await close()
  await fleet.close()
})

aFile('is begun again when the fleet found its bytes wrong or forgot it', async () => {
  const fleet = await openTerminalFleet()
  fleet.mishaps.refuseUploads = 460
  const { store, close } = await openStore(fleet)
  await store.start()
  const id = await store.keep(pageOf(picture))
  await fleet.until(() => fleet.requests.length > 3)
  fleet.mishaps.refuseUploads = undefined
  await store.delivered([id], never)
  assert.is(fleet.uploads.length, 1)
  await close()
  await fleet.close()
})

aFile('in trouble lets the others pass', async () => {
  const fleet = await openTerminalFleet()
  const { store, folder, close, lost } = await openStore(fleet)
  fleet.mishaps.refuseUploads = 503
  await store.start()
  const damaged = await store.keep(pageOf(noise(100_000)))
  const path = join(folder, 'artefacts', `${damaged}.original.sealed`)
  writeFileSync(path, readFileSync(path).subarray(0, 50_000))
  const whole = await store.keep(pageOf(picture))
  fleet.mishaps.refuseUploads = undefined
  await store.delivered([whole], never)
  const error = await store.delivered([damaged], never).catch((thrown) => thrown)
  assert.instance(error, CommandError)
  assert.equal(lost, [damaged])
  await close()
  await fleet.close()
})

aFile('that vanished from the disk is lost, not waited for', async () => {
  const { fleet, folder, id } = await keptUnsent(pageOf(picture))
  rmSync(join(folder, 'artefacts', `${id}.original.sealed`))
  const { store, lost, close } = await openStore(fleet)
  await store.start()
  await store.delivered([id], never).catch(() => {})
  assert.equal(lost, [id])
  await close()
  await fleet.close()
})

aFile('is not kept when its source breaks, is of no known type, or there is no room', async () => {
  const fleet = await openTerminalFleet()
  const { store, files, close } = await openStore(fleet, { maxBytes: 10 })
  await store.start()
  const torn = Readable.from(
    (async function* () {
      yield Buffer.from('half a page')
      throw new CommandError('truncated', 'The page ended early')
    })(),
  )
  const codeOf = (promise: Promise<unknown>) => promise.then(String, (error: CommandError) => error.code)
  assert.is(await codeOf(store.keep(pageOf(torn))), 'truncated')
  assert.is(await codeOf(store.keep({ ...pageOf(picture), mediaType: 'text/html' })), 'internal')
  assert.equal(files(), [])
  fleet.mishaps.refuseUploads = 503
  await store.keep(pageOf(picture))
  assert.is(await codeOf(store.keep(pageOf(picture))), 'refused')
  await close()
  await fleet.close()
})

aFile('is refused while the disk has little room, and may come again', async () => {
  const fleet = await openTerminalFleet()
  const { store, files, close } = await openStore(fleet, { leastFreeBytes: Number.MAX_SAFE_INTEGER })
  await store.start()
  const error: CommandError = await store.keep(pageOf(picture)).catch((thrown) => thrown)
  assert.equal([error.code, error.retryable], ['refused', true])
  assert.equal(files(), [])
  await close()
  await fleet.close()
})

aFile('goes without the preview that a power cut took', async () => {
  const { fleet, folder, id } = await keptUnsent(pageOf(noise(1000), picture))
  writeFileSync(join(folder, 'artefacts', `${id}.preview.sealed`), '')
  const { store, lost, files, close } = await openStore(fleet)
  await store.start()
  await store.delivered([id], never)
  assert.equal(
    fleet.uploads.map(({ metadata }) => metadata.part),
    ['original'],
  )
  assert.equal(lost, [])
  await fleet.until(() => files().length === 0)
  await close()
  await fleet.close()
})

aFile('does not wait for a preview that the fleet refuses', async () => {
  const fleet = await openTerminalFleet()
  fleet.mishaps.refuseUploads = 415
  const { store, database, close } = await openStore(fleet)
  await store.start()
  const id = await store.keep(pageOf(noise(1000), picture))
  const index = createArtefactIndex(database, Date.now)
  await fleet.until(() => index.get(id)?.phase === 'original')
  fleet.mishaps.refuseUploads = undefined
  await store.delivered([id], never)
  assert.equal(
    fleet.uploads.map(({ metadata }) => metadata.part),
    ['original'],
  )
  await close()
  await fleet.close()
})

aFile('does not wait for a preview that the disk does not give', async () => {
  const { fleet, folder, id } = await keptUnsent(pageOf(noise(1000), picture))
  const preview = join(folder, 'artefacts', `${id}.preview.sealed`)
  rmSync(preview)
  symlinkSync(preview, preview)
  const { store, lost, close } = await openStore(fleet)
  await store.start()
  await store.delivered([id], never)
  assert.equal(lost, [])
  await close()
  await fleet.close()
})

aFile('that nobody knows, left by a power cut, is wiped at the start', async () => {
  const fleet = await openTerminalFleet()
  const { store, folder, files, close } = await openStore(fleet)
  mkdirSync(join(folder, 'artefacts'))
  writeFileSync(join(folder, 'artefacts', `${uuidv7()}.original.sealed`), 'x')
  writeFileSync(join(folder, 'artefacts', `${uuidv7()}.original.sealed.part`), 'x')
  await store.start()
  assert.equal(files(), [])
  await close()
  await fleet.close()
})

aFile('that is in no index because that was lost is put aside, and it is told', async () => {
  const fleet = await openTerminalFleet()
  fleet.mishaps.refuseUploads = 503
  const before = await openStore(fleet)
  await before.store.start()
  const id = await before.store.keep(pageOf(noise(1000), picture))
  const names = before.files().sort()
  await before.close()
  writeFileSync(join(before.folder, 'artefacts', `${uuidv7()}.original.sealed.part`), 'x')
  writeFileSync(join(before.folder, 'agent.db'), Buffer.alloc(8192, 'no database'))
  const { store, lost, files, folder, close } = await openStore(fleet, { indexLost: true })
  await store.start()
  assert.equal(files(), [])
  const aside = readdirSync(folder).filter((name) => name.startsWith('artefacts.damaged-'))
  assert.is(aside.length, 1)
  assert.equal(readdirSync(join(folder, String(aside[0]))).sort(), names)
  assert.equal(lost, [id])
  await close()
  await fleet.close()
})

aFile('that was put aside lies there for thirty days', async () => {
  const fleet = await openTerminalFleet()
  const { store, folder, close } = await openStore(fleet)
  const dayMs = 86_400_000
  const [old, young] = [31, 29].map((days) => `artefacts.damaged-${Date.now() - days * dayMs}`)
  for (const name of [old, young]) mkdirSync(join(folder, String(name)))
  writeFileSync(join(folder, String(old), 'a.original.sealed'), 'x')
  await store.start()
  assert.equal(
    readdirSync(folder).filter((name) => name.startsWith('artefacts.damaged-')),
    [young],
  )
  await close()
  await fleet.close()
})

aFile('is waited for no longer than the signal says', async () => {
  const fleet = await openTerminalFleet()
  fleet.mishaps.refuseUploads = 503
  const { store, close } = await openStore(fleet)
  await store.start()
  const id = await store.keep(pageOf(picture))
  const gone = new AbortController()
  const waiting = store.delivered([id], gone.signal).catch((thrown) => thrown)
  gone.abort('enough')
  assert.is(await waiting, 'enough')
  await close()
  await fleet.close()
})

aFile.run()

const aDocument = suite('a document of the fleet')

aDocument('comes whole over a line that is cut, for the owner alone, and is wiped', async () => {
  const fleet = await openTerminalFleet()
  const { store, close } = await openStore(fleet)
  await store.start()
  const id = uuidv7()
  const bytes = noise(500_000)
  fleet.documents.set(id, { mediaType: 'application/pdf', bytes })
  Object.assign(fleet.mishaps, { documentCuts: 2, cutDocumentAfter: 150_000 })
  const { file, mediaType, release } = await store.fetch(id, never)
  assert.is(mediaType, 'application/pdf')
  assert.ok(readFileSync(file).equals(bytes))
  assert.is(statSync(file).mode & 0o777, 0o600)
  assert.is(fleet.requests.filter((request) => request.includes(id)).length, 3)
  await release()
  assert.throws(() => statSync(file))
  await close()
  await fleet.close()
})

aDocument('that the fleet does not have is invalid', async () => {
  const fleet = await openTerminalFleet()
  const { store, folder, close } = await openStore(fleet)
  await store.start()
  const error = await store.fetch(uuidv7(), never).catch((thrown) => thrown)
  assert.is(error.code, 'invalid')
  assert.equal(readdirSync(join(folder, 'tmp')), [])
  await close()
  await fleet.close()
})

aDocument('is given up with the signal, and nothing of it stays', async () => {
  const fleet = await openTerminalFleet()
  const { store, folder, close } = await openStore(fleet)
  await store.start()
  const id = uuidv7()
  fleet.documents.set(id, { mediaType: 'application/pdf', bytes: noise(500_000) })
  Object.assign(fleet.mishaps, { documentCuts: 1000, cutDocumentAfter: 10 })
  const gone = new AbortController()
  const fetching = store.fetch(id, gone.signal).catch((thrown) => thrown)
  await fleet.until(() => fleet.requests.some((request) => request.includes(id)))
  const reason = new CommandError('timeout', 'Too long')
  gone.abort(reason)
  assert.is(await fetching, reason)
  assert.equal(readdirSync(join(folder, 'tmp')), [])
  await close()
  await fleet.close()
})

aDocument.run()
