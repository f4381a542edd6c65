import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Agent } from 'node:https'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { maxArtefactBytes, door as paths } from '../../../protocol/door.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { command, foreignCommand, type HttpDoor, openHttpDoor } from '../../support/http-door.ts'

let here: HttpDoor

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
const create = async (
  agent: Agent,
  outline: Record<string, string>,
  length: number | string,
  bytes: Uint8Array = Buffer.alloc(0),
) => {
  const head = {
    ...tus,
    'upload-length': length,
    'upload-metadata': Object.entries(outline)
      .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
      .join(','),
    ...(bytes.length > 0 ? { 'content-type': 'application/offset+octet-stream' } : {}),
    'content-length': bytes.length,
  }
  const answer = await here.ask(agent, 'POST', paths.uploads, head, bytes)
  return answer.resume()
}
const patch = async (agent: Agent, path: string, offset: number, bytes: Uint8Array) => {
  const answer = await here.ask(
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
  const answer = await here.ask(agent, 'HEAD', path, tus)
  answer.resume()
  return answer.statusCode === 200 ? Number(answer.headers['upload-offset']) : answer.statusCode
}
const original = async (id: string) => {
  const row = await here.artefacts.find(id)
  return row && buffer(await here.artefacts.read(row, 'original'))
}
const uploadFiles = () => readdir(here.uploadFolder)
/** Sends the first bytes of a PATCH and cuts the line once the fleet has them. */
const cutAfter = async (agent: Agent, path: string, whole: Uint8Array, bytes: number) => {
  const asked = here.begin(agent, 'PATCH', path, {
    ...tus,
    'upload-offset': 0,
    'content-type': 'application/offset+octet-stream',
    'content-length': whole.length,
  })
  asked.on('error', () => {})
  asked.write(whole.subarray(0, bytes))
  const file = join(here.uploadFolder, path.split('/').at(-1) ?? '')
  while ((await readFile(file)).length < bytes) await new Promise((resolve) => setTimeout(resolve, 5))
  asked.destroy()
}

const anUpload = suite('a terminal uploads')
anUpload.before(async () => {
  here = await openHttpDoor()
})
anUpload.after(() => here.close())

anUpload('an artefact, which is stored sealed and leaves no upload behind', async () => {
  const agent = here.agentOf('kazan-7')
  const bytes = randomBytes(300_001)
  const outline = outlineOf(bytes)
  const created = await create(agent, outline, bytes.length)
  assert.is(created.statusCode, 201)
  assert.is(created.headers.location, pathOf(outline))
  for (let at = 0; at < bytes.length; at += 100_000) {
    const answer = await patch(agent, pathOf(outline), at, bytes.subarray(at, at + 100_000))
    assert.is(answer.statusCode, 204)
    if (at === 0) {
      const begun = await readFile(join(here.uploadFolder, `${outline.artefact}-original`))
      assert.is(begun.length, 100_000)
      assert.is(begun.indexOf(bytes.subarray(0, 16)), -1)
    }
  }
  assert.ok(bytes.equals((await original(outline.artefact)) ?? Buffer.alloc(0)))
  const row = await here.artefacts.find(outline.artefact)
  assert.is(row?.terminal, 'kazan-7')
  assert.is(row?.command, command)
  assert.equal(await uploadFiles(), [])
})

anUpload('a whole file by one request, and once more when it did not hear the answer', async () => {
  const agent = here.agentOf('kazan-7')
  const bytes = randomBytes(200_000)
  const outline = outlineOf(bytes)
  for (let time = 0; time < 2; time += 1) {
    const created = await create(agent, outline, bytes.length, bytes)
    assert.is(created.statusCode, 201)
    assert.is(created.headers.location, paths.upload(outline.artefact, outline.part))
    assert.is(created.headers['upload-offset'], '200000')
  }
  assert.ok(bytes.equals((await original(outline.artefact)) ?? Buffer.alloc(0)))
  const wrong = outlineOf(randomBytes(5))
  assert.is((await create(agent, wrong, bytes.length, bytes)).statusCode, 460)
  assert.is(await here.artefacts.find(wrong.artefact), undefined)
  assert.equal(await uploadFiles(), [])
})

anUpload('what is stored already, and is told so at every step', async () => {
  const agent = here.agentOf('kazan-7')
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
  await create(here.agentOf('kazan-7'), outline, bytes.length)
  await cutAfter(here.agentOf('kazan-7'), pathOf(outline), bytes, 100_003)
  const agent = here.agentOf('kazan-7')
  assert.is(await offsetAt(agent, pathOf(outline)), 100_003)
  assert.is((await patch(agent, pathOf(outline), 100_003, bytes.subarray(100_003))).statusCode, 204)
  assert.ok(bytes.equals((await original(outline.artefact)) ?? Buffer.alloc(0)))
})

anUpload('and goes on after the fleet was started again', async () => {
  const bytes = randomBytes(50_000)
  const outline = outlineOf(bytes)
  const agent = here.agentOf('kazan-7')
  await create(agent, outline, bytes.length)
  await patch(agent, pathOf(outline), 0, bytes.subarray(0, 33_333))
  await here.restartUploads()
  assert.is(await offsetAt(agent, pathOf(outline)), 33_333)
  assert.is((await patch(agent, pathOf(outline), 33_333, bytes.subarray(33_333))).statusCode, 204)
  assert.ok(bytes.equals((await original(outline.artefact)) ?? Buffer.alloc(0)))
})

anUpload('and is not told that it is whole before it is stored', async () => {
  const bytes = randomBytes(5_000)
  const outline = outlineOf(bytes)
  const agent = here.agentOf('kazan-7')
  await create(agent, outline, bytes.length)
  // The process died between the last byte and the store: receiving fails once.
  const receive = here.artefacts.receive
  here.artefacts.receive = async () => {
    throw new Error('killed')
  }
  assert.is((await patch(agent, pathOf(outline), 0, bytes)).statusCode, 500)
  assert.is(await offsetAt(agent, pathOf(outline)), 500)
  here.artefacts.receive = receive
  await here.restartUploads()
  assert.is(await offsetAt(agent, pathOf(outline)), 5_000)
  assert.ok(bytes.equals((await original(outline.artefact)) ?? Buffer.alloc(0)))
})

anUpload('other bytes than it announced, which are refused and begun again', async () => {
  const agent = here.agentOf('kazan-7')
  const bytes = randomBytes(1000)
  const outline = outlineOf(bytes)
  await create(agent, outline, bytes.length)
  assert.is((await patch(agent, pathOf(outline), 0, randomBytes(1000))).statusCode, 460)
  assert.is(await here.artefacts.find(outline.artefact), undefined)
  assert.equal(await uploadFiles(), [])
  assert.is(await offsetAt(agent, pathOf(outline)), 404)
  await create(agent, outline, bytes.length)
  assert.is((await patch(agent, pathOf(outline), 0, bytes)).statusCode, 204)
})

anUpload('and its neighbour can neither see, continue nor replace that', async () => {
  const [agent, other] = [here.agentOf('kazan-7'), here.agentOf('kazan-8')]
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
  assert.is((await create(here.agentOf('kazan-7'), outline, 1)).statusCode, 403)
})

anUpload('and is refused what cannot be right', async () => {
  const agent = here.agentOf('kazan-7')
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
  assert.is(await here.statusOf(agent, 'POST', paths.uploads, head), 400)
  assert.is(await here.statusOf(agent, 'POST', paths.uploads, { ...head, 'upload-metadata': 'a b c d' }), 400)
  assert.is(await here.statusOf(agent, 'DELETE', pathOf(good), tus), 405)
  assert.is(await here.statusOf(agent, 'GET', pathOf(good), tus), 405)
  for (const path of [
    '/uploads/..%2f..%2fetc',
    '/uploads/__proto__',
    '/uploads/x',
    '/uploadsx',
    '/uploads/',
  ]) {
    assert.is(await here.statusOf(agent, 'HEAD', path, tus), 404, path)
  }
  await create(agent, good, 1)
  const tooMuch = await patch(agent, pathOf(good), 0, Buffer.from('ab'))
  assert.is(tooMuch.statusCode, 413)
  assert.is((await patch(agent, pathOf(good), 5, Buffer.from('a'))).statusCode, 409)
})

anUpload('no more at once than is bounded, and what it abandons is given up', async () => {
  const agent = here.agentOf('kazan-7')
  await here.clock.pass(4 * 24 * 3_600_000)
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
