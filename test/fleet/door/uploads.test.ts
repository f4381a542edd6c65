import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FleetArtefacts } from '../../../fleet/artefacts/artefacts.ts'
import type { Rate } from '../../../fleet/broker/rate-limit.ts'
import type { ReceivedBand } from '../../../fleet/door/live.ts'
import { doorRoutes } from '../../../fleet/door/routes.ts'
import { Uploads } from '../../../fleet/door/uploads.ts'
import type { Credentials } from '../../../fleet/identity/authority.ts'
import { type Database, openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { alpn, maxArtefactBytes, maxBandBytes, door as paths } from '../../../protocol/door.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { StoppedClock, silent } from '../../support/fleet.ts'
import { type OpenedDoor, openDoor } from '../../support/terminals-door.ts'

const key = randomBytes(32)
const command = uuidv7()
const foreignCommand = uuidv7()
let folder: string
let database: Database
let artefacts: FleetArtefacts
let uploads: Uploads
let opened: OpenedDoor
let clock: StoppedClock
let terminal: Credentials
let neighbour: Credentials
const bands: [string, string, ReceivedBand][] = []
const readable = new Map<string, string>()
const agents: Agent[] = []
let rate: Rate | undefined

const owns = (device: string, id: string) => (device === 'kazan-7' ? id === command : id === foreignCommand)
const openUploads = async () => {
  uploads = new Uploads({ folder: join(folder, 'uploads'), key, artefacts, owns, clock, log: silent })
  await uploads.start()
}
const agentOf = (who: Credentials) => {
  const { ca, key: own, certificate: cert } = who
  const agent = new Agent({ ca, key: own, cert, ALPNProtocols: [alpn.http], keepAlive: true })
  agents.push(agent)
  return agent
}
const ask = async (
  agent: Agent,
  method: string,
  path: string,
  headers: Record<string, string | number> = {},
  body?: Uint8Array,
): Promise<IncomingMessage> => {
  const asked = request({ agent, host: '127.0.0.1', port: opened.door.port, method, path, headers })
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>
  asked.end(body)
  const [answer] = await answered
  return answer
}
const statusOf = async (...parameters: Parameters<typeof ask>): Promise<number> => {
  const answer = await ask(...parameters)
  answer.resume()
  return answer.statusCode ?? 0
}

const tus = { 'tus-resumable': '1.0.0' }
const outlineOf = (bytes: Uint8Array, more = {}) => ({
  artefact: uuidv7(),
  part: 'original',
  kind: 'page',
  mediaType: 'image/png',
  command,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  ...more,
})
const pathOf = (outline: { artefact: string; part: string }) =>
  `${paths.uploads}/${outline.artefact}-${outline.part}`
const create = async (agent: Agent, outline: Record<string, string>, length: number | string) => {
  const answer = await ask(agent, 'POST', paths.uploads, {
    ...tus,
    'upload-length': length,
    'upload-metadata': Object.entries(outline)
      .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
      .join(','),
    'content-length': 0,
  })
  return answer.resume()
}
const patch = async (agent: Agent, path: string, offset: number, bytes: Uint8Array) => {
  const answer = await ask(
    agent,
    'PATCH',
    path,
    {
      ...tus,
      'upload-offset': offset,
      'content-type': 'application/offset+octet-stream',
      'content-length': bytes.length,
    },
    bytes,
  )
  return answer.resume()
}
const offsetAt = async (agent: Agent, path: string) => {
  const answer = await ask(agent, 'HEAD', path, tus)
  answer.resume()
  return answer.statusCode === 200 ? Number(answer.headers['upload-offset']) : answer.statusCode
}
const original = async (id: string) => {
  const row = await artefacts.find(id)
  return row && buffer(await artefacts.read(row, 'original'))
}
const uploadFiles = () => readdir(join(folder, 'uploads'))
/** Sends the first bytes of a PATCH and cuts the line once the fleet has them. */
const cutAfter = async (agent: Agent, path: string, whole: Uint8Array, bytes: number) => {
  const asked = request({
    agent,
    host: '127.0.0.1',
    port: opened.door.port,
    method: 'PATCH',
    path,
    headers: {
      ...tus,
      'upload-offset': 0,
      'content-type': 'application/offset+octet-stream',
      'content-length': whole.length,
    },
  })
  asked.on('error', () => {})
  asked.write(whole.subarray(0, bytes))
  const file = join(folder, 'uploads', path.split('/').at(-1) ?? '')
  while ((await readFile(file)).length < bytes) await new Promise((resolve) => setTimeout(resolve, 5))
  asked.destroy()
}

const before = async () => {
  folder = await mkdtemp(join(tmpdir(), 'avyl-uploads-'))
  database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  clock = new StoppedClock(Date.now())
  artefacts = new FleetArtefacts({ folder: join(folder, 'artefacts'), key, database, clock, log: silent })
  await artefacts.start()
  await openUploads()
  const routes = () => ({
    clock,
    uploads,
    artefacts,
    mayRead: (device: string, id: string) => readable.get(id) === device,
    onBand: (device: string, id: string, band: ReceivedBand) => {
      if (!owns(device, id)) return false
      bands.push([device, id, band])
      return true
    },
    log: silent,
    ...(rate && { bandRate: rate }),
  })
  // Made once, but `uploads` may be another one later.
  const http = doorRoutes({ ...routes(), uploads: { handle: (...asked) => uploads.handle(...asked) } })
  opened = await openDoor({ http })
  terminal = await opened.authority.issueTerminal('kazan-7')
  neighbour = await opened.authority.issueTerminal('kazan-8')
}
const after = async () => {
  for (const agent of agents.splice(0)) agent.destroy()
  await opened.close()
  await uploads.stop()
  await artefacts.stop()
  await database.destroy()
  await rm(folder, { recursive: true })
}

const anUpload = suite('a terminal uploads')
anUpload.before(before)
anUpload.after(after)

anUpload('an artefact, which is stored sealed and leaves no upload behind', async () => {
  const agent = agentOf(terminal)
  const bytes = randomBytes(300_001)
  const outline = outlineOf(bytes)
  const created = await create(agent, outline, bytes.length)
  assert.is(created.statusCode, 201)
  assert.is(created.headers.location, pathOf(outline))
  for (let at = 0; at < bytes.length; at += 100_000) {
    const answer = await patch(agent, pathOf(outline), at, bytes.subarray(at, at + 100_000))
    assert.is(answer.statusCode, 204)
    if (at === 0) {
      const begun = await readFile(join(folder, 'uploads', `${outline.artefact}-original`))
      assert.is(begun.length, 100_000)
      assert.is(begun.indexOf(bytes.subarray(0, 16)), -1)
    }
  }
  assert.ok(bytes.equals((await original(outline.artefact)) ?? Buffer.alloc(0)))
  const row = await artefacts.find(outline.artefact)
  assert.is(row?.terminal, 'kazan-7')
  assert.is(row?.command, command)
  assert.equal(await uploadFiles(), [])
})

anUpload('what is stored already, and is told so at every step', async () => {
  const agent = agentOf(terminal)
  const bytes = randomBytes(1000)
  const outline = outlineOf(bytes)
  await create(agent, outline, bytes.length)
  await patch(agent, pathOf(outline), 0, bytes)
  assert.is(await offsetAt(agent, pathOf(outline)), 1000)
  assert.is((await create(agent, outline, bytes.length)).statusCode, 201)
  const again = await patch(agent, pathOf(outline), 0, bytes)
  assert.is(again.statusCode, 204)
  assert.is(again.headers['upload-offset'], '1000')
  const other = { ...outline, sha256: '0'.repeat(64) }
  assert.is((await create(agent, other, bytes.length)).statusCode, 409)
  assert.equal(await uploadFiles(), [])
})

anUpload('and goes on where the line was cut', async () => {
  const bytes = randomBytes(400_000)
  const outline = outlineOf(bytes)
  await create(agentOf(terminal), outline, bytes.length)
  await cutAfter(agentOf(terminal), pathOf(outline), bytes, 100_003)
  const agent = agentOf(terminal)
  assert.is(await offsetAt(agent, pathOf(outline)), 100_003)
  assert.is((await patch(agent, pathOf(outline), 100_003, bytes.subarray(100_003))).statusCode, 204)
  assert.ok(bytes.equals((await original(outline.artefact)) ?? Buffer.alloc(0)))
})

anUpload('and goes on after the fleet was started again', async () => {
  const bytes = randomBytes(50_000)
  const outline = outlineOf(bytes)
  const agent = agentOf(terminal)
  await create(agent, outline, bytes.length)
  await patch(agent, pathOf(outline), 0, bytes.subarray(0, 33_333))
  await uploads.stop()
  await openUploads()
  assert.is(await offsetAt(agent, pathOf(outline)), 33_333)
  assert.is((await patch(agent, pathOf(outline), 33_333, bytes.subarray(33_333))).statusCode, 204)
  assert.ok(bytes.equals((await original(outline.artefact)) ?? Buffer.alloc(0)))
})

anUpload('and is not told that it is whole before it is stored', async () => {
  const bytes = randomBytes(5_000)
  const outline = outlineOf(bytes)
  const agent = agentOf(terminal)
  await create(agent, outline, bytes.length)
  // The process died between the last byte and the store: receiving fails once.
  const receive = artefacts.receive
  artefacts.receive = async () => {
    throw new Error('killed')
  }
  assert.is((await patch(agent, pathOf(outline), 0, bytes)).statusCode, 500)
  assert.is(await offsetAt(agent, pathOf(outline)), 500)
  artefacts.receive = receive
  await uploads.stop()
  await openUploads()
  assert.is(await offsetAt(agent, pathOf(outline)), 5_000)
  assert.ok(bytes.equals((await original(outline.artefact)) ?? Buffer.alloc(0)))
})

anUpload('other bytes than it announced, which are refused and begun again', async () => {
  const agent = agentOf(terminal)
  const bytes = randomBytes(1000)
  const outline = outlineOf(bytes)
  await create(agent, outline, bytes.length)
  assert.is((await patch(agent, pathOf(outline), 0, randomBytes(1000))).statusCode, 460)
  assert.is(await artefacts.find(outline.artefact), undefined)
  assert.equal(await uploadFiles(), [])
  assert.is(await offsetAt(agent, pathOf(outline)), 404)
  await create(agent, outline, bytes.length)
  assert.is((await patch(agent, pathOf(outline), 0, bytes)).statusCode, 204)
})

anUpload('and its neighbour can neither see, continue nor replace that', async () => {
  const [agent, other] = [agentOf(terminal), agentOf(neighbour)]
  const bytes = randomBytes(1000)
  const outline = outlineOf(bytes)
  await create(agent, outline, bytes.length)
  await patch(agent, pathOf(outline), 0, bytes.subarray(0, 500))
  const theirs = { ...outline, command: foreignCommand }
  assert.is(await offsetAt(other, pathOf(outline)), 404)
  assert.is((await patch(other, pathOf(outline), 500, bytes.subarray(500))).statusCode, 404)
  assert.is((await create(other, theirs, bytes.length)).statusCode, 403)
  assert.is((await create(other, outline, bytes.length)).statusCode, 403)
  await patch(agent, pathOf(outline), 500, bytes.subarray(500))
  assert.is(await offsetAt(other, pathOf(outline)), 403)
  assert.is((await create(other, theirs, bytes.length)).statusCode, 403)
})

anUpload('for a command of its own alone', async () => {
  const outline = outlineOf(Buffer.from('a'), { command: uuidv7() })
  assert.is((await create(agentOf(terminal), outline, 1)).statusCode, 403)
})

anUpload('and is refused what cannot be right', async () => {
  const agent = agentOf(terminal)
  const good = outlineOf(Buffer.from('a'))
  const wrong = [
    { ...good, artefact: '../../../etc/passwd' },
    { ...good, part: 'both' },
    { ...good, mediaType: 'text/html' },
    { ...good, sha256: 'x' },
    { ...good, device: 'kazan-8' },
    { artefact: good.artefact },
  ]
  for (const outline of wrong) assert.is((await create(agent, outline, 1)).statusCode, 400)
  for (const length of [0, -1, 'many', maxArtefactBytes + 1]) {
    assert.ok([400, 413].includes((await create(agent, good, length)).statusCode ?? 0), String(length))
  }
  const head = { ...tus, 'upload-length': 1 }
  assert.is(await statusOf(agent, 'POST', paths.uploads, head), 400)
  assert.is(await statusOf(agent, 'POST', paths.uploads, { ...head, 'upload-metadata': 'a b c d' }), 400)
  assert.is(await statusOf(agent, 'DELETE', pathOf(good), tus), 405)
  assert.is(await statusOf(agent, 'GET', pathOf(good), tus), 405)
  for (const path of [
    '/uploads/..%2f..%2fetc',
    '/uploads/__proto__',
    '/uploads/x',
    '/uploadsx',
    '/uploads/',
  ]) {
    assert.is(await statusOf(agent, 'HEAD', path, tus), 404, path)
  }
  await create(agent, good, 1)
  const tooMuch = await patch(agent, pathOf(good), 0, Buffer.from('ab'))
  assert.is(tooMuch.statusCode, 413)
  assert.is((await patch(agent, pathOf(good), 5, Buffer.from('a'))).statusCode, 409)
})

anUpload('no more at once than is bounded, and what it abandons is given up', async () => {
  const agent = agentOf(terminal)
  await clock.pass(4 * 24 * 3_600_000)
  for (let waited = 0; waited < 200 && (await uploadFiles()).length > 0; waited += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.equal(await uploadFiles(), [])
  const statuses = new Set<number>()
  for (let number = 0; number < 5; number += 1) {
    const answer = await create(agent, outlineOf(randomBytes(8)), maxArtefactBytes)
    statuses.add(answer.statusCode ?? 0)
  }
  assert.equal([...statuses], [201, 429])
})

anUpload.run()

const aDoor = suite('a terminal at the door')
aDoor.before(before)
aDoor.after(after)

aDoor('reads the fleet’s clock', async () => {
  const answer = await ask(agentOf(terminal), 'GET', paths.time)
  assert.equal(JSON.parse(await text(answer)), { now: clock.now() })
})

aDoor('reads a document it may read, whole and in part', async () => {
  const agent = agentOf(terminal)
  const bytes = randomBytes(150_000)
  const row = await artefacts.put({ kind: 'document', mediaType: 'application/pdf', source: bytes })
  const path = paths.document(row.id)
  assert.is(await statusOf(agent, 'GET', path), 404)
  readable.set(row.id, 'kazan-7')
  const whole = await ask(agent, 'GET', path)
  assert.is(whole.statusCode, 200)
  assert.is(whole.headers['content-type'], 'application/pdf')
  assert.is(whole.headers['repr-digest'], `sha-256=:${Buffer.from(row.sha256, 'hex').toString('base64')}:`)
  assert.ok(bytes.equals(await buffer(whole)))
  const rest = await ask(agent, 'GET', path, { range: 'bytes=149000-' })
  assert.is(rest.statusCode, 206)
  assert.is(rest.headers['content-range'], 'bytes 149000-149999/150000')
  assert.ok(bytes.subarray(149_000).equals(await buffer(rest)))
  assert.is(await statusOf(agent, 'GET', path, { range: 'bytes=150000-' }), 416)
  assert.is(await statusOf(agentOf(neighbour), 'GET', path), 404)
  await artefacts.erase(row.id)
  assert.is(await statusOf(agent, 'GET', path), 410)
  readable.set(foreignCommand, 'kazan-7')
  assert.is(await statusOf(agent, 'GET', paths.document(foreignCommand)), 404)
})

aDoor('shows bands of its own command', async () => {
  const agent = agentOf(terminal)
  const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xdb, 1, 2, 3])
  const path = `${paths.band(command, 2, 64)}?width=400&height=32&pageHeight=560`
  assert.is(await statusOf(agent, 'PUT', path, {}, jpeg), 204)
  assert.equal(bands.splice(0), [
    ['kazan-7', command, { page: 2, top: 64, width: 400, height: 32, pageHeight: 560, jpeg }],
  ])
  const own = (query: string) => `${paths.band(command, 1, 0)}?${query}`
  const size = 'width=400&height=32'
  assert.is(await statusOf(agent, 'PUT', `${paths.band(foreignCommand, 1, 0)}?${size}`, {}, jpeg), 404)
  assert.is(await statusOf(agent, 'PUT', '/live/x/1/0?width=1&height=1', {}, jpeg), 404)
  for (const query of ['', 'width=400', 'width=0&height=1', 'width=1e2&height=1', 'width=99999&height=1']) {
    assert.is(await statusOf(agent, 'PUT', own(query), {}, jpeg), 400, query)
  }
  assert.is(await statusOf(agent, 'PUT', own(size), {}, Buffer.from('<svg/>')), 415)
  assert.is(await statusOf(agentOf(terminal), 'PUT', own(size), {}, Buffer.alloc(maxBandBytes + 1)), 413)
  const chunked = { 'transfer-encoding': 'chunked' }
  assert.is(await statusOf(agentOf(terminal), 'PUT', own(size), chunked, Buffer.alloc(maxBandBytes + 1)), 413)
  assert.equal(bands, [])
})

aDoor('may not send bands without end', async () => {
  rate = { perSecond: 0.001, burst: 3 }
  await after()
  await before()
  const agent = agentOf(terminal)
  const path = `${paths.band(command, 1, 0)}?width=4&height=4`
  const statuses: number[] = []
  for (let number = 0; number < 5; number += 1) {
    statuses.push(await statusOf(agent, 'PUT', path, {}, Buffer.from([0xff, 0xd8, 0xff])))
  }
  assert.equal(statuses, [204, 204, 204, 429, 429])
})

aDoor('finds nothing else there', async () => {
  const agent = agentOf(terminal)
  for (const path of ['/', '/api/v1/terminals', '/documents/', '/documents/../time', '//x', '/time/']) {
    assert.is(await statusOf(agent, 'GET', path), path === '/documents/../time' ? 200 : 404, path)
  }
  assert.is(await statusOf(agent, 'POST', paths.time), 404)
})

aDoor.run()
