import { randomBytes } from 'node:crypto'
import { buffer, text } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { maxBandBytes, door as paths } from '../../../protocol/door.ts'
import { command, foreignCommand, type HttpDoor, openHttpDoor } from '../../support/http-door.ts'

let here: HttpDoor

const aDoor = suite('a terminal at the door')
aDoor.before.each(async () => {
  here = await openHttpDoor()
})
aDoor.after.each(() => here.close())

aDoor('reads the fleet’s clock', async () => {
  const answer = await here.ask(here.agentOf('kazan-7'), 'GET', paths.time)
  assert.equal(JSON.parse(await text(answer)), { now: here.clock.now() })
})

aDoor('reads a document it may read, whole and in part', async () => {
  const agent = here.agentOf('kazan-7')
  const bytes = randomBytes(150_000)
  const row = await here.artefacts.put({ kind: 'document', mediaType: 'application/pdf', source: bytes })
  const path = paths.document(row.id)
  assert.is(await here.statusOf(agent, 'GET', path), 404)
  here.readable.set(row.id, 'kazan-7')
  const whole = await here.ask(agent, 'GET', path)
  assert.is(whole.statusCode, 200)
  assert.is(whole.headers['content-type'], 'application/pdf')
  assert.is(whole.headers['repr-digest'], `sha-256=:${Buffer.from(row.sha256, 'hex').toString('base64')}:`)
  assert.ok(bytes.equals(await buffer(whole)))
  const rest = await here.ask(agent, 'GET', path, { range: 'bytes=149000-' })
  assert.is(rest.statusCode, 206)
  assert.is(rest.headers['content-range'], 'bytes 149000-149999/150000')
  assert.ok(bytes.subarray(149_000).equals(await buffer(rest)))
  assert.is(await here.statusOf(agent, 'GET', path, { range: 'bytes=150000-' }), 416)
  assert.is(await here.statusOf(here.agentOf('kazan-8'), 'GET', path), 404)
  await here.artefacts.erase(row.id)
  assert.is(await here.statusOf(agent, 'GET', path), 410)
  here.readable.set(foreignCommand, 'kazan-7')
  assert.is(await here.statusOf(agent, 'GET', paths.document(foreignCommand)), 404)
})

aDoor('shows bands of its own command', async () => {
  const agent = here.agentOf('kazan-7')
  const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xdb, 1, 2, 3])
  const path = `${paths.band(command, 2, 64)}?width=400&height=32&pageHeight=560`
  assert.is(await here.statusOf(agent, 'PUT', path, {}, jpeg), 204)
  assert.equal(here.bands.splice(0), [
    ['kazan-7', command, { page: 2, top: 64, width: 400, height: 32, pageHeight: 560, jpeg }],
  ])
  const own = (query: string) => `${paths.band(command, 1, 0)}?${query}`
  const size = 'width=400&height=32'
  assert.is(await here.statusOf(agent, 'PUT', `${paths.band(foreignCommand, 1, 0)}?${size}`, {}, jpeg), 404)
  assert.is(await here.statusOf(agent, 'PUT', '/live/x/1/0?width=1&height=1', {}, jpeg), 404)
  for (const query of ['', 'width=400', 'width=0&height=1', 'width=1e2&height=1', 'width=99999&height=1']) {
    assert.is(await here.statusOf(agent, 'PUT', own(query), {}, jpeg), 400, query)
  }
  assert.is(await here.statusOf(agent, 'PUT', own(size), {}, Buffer.from('<svg/>')), 415)
  assert.is(
    await here.statusOf(here.agentOf('kazan-7'), 'PUT', own(size), {}, Buffer.alloc(maxBandBytes + 1)),
    413,
  )
  const chunked = { 'transfer-encoding': 'chunked' }
  assert.is(
    await here.statusOf(here.agentOf('kazan-7'), 'PUT', own(size), chunked, Buffer.alloc(maxBandBytes + 1)),
    413,
  )
  assert.equal(here.bands, [])
})

aDoor('may not send bands without end', async () => {
  await here.close()
  here = await openHttpDoor({ perSecond: 0.001, burst: 3 })
  const agent = here.agentOf('kazan-7')
  const path = `${paths.band(command, 1, 0)}?width=4&height=4`
  const statuses: number[] = []
  for (let number = 0; number < 5; number += 1) {
    statuses.push(await here.statusOf(agent, 'PUT', path, {}, Buffer.from([0xff, 0xd8, 0xff])))
  }
  assert.equal(statuses, [204, 204, 204, 429, 429])
})

aDoor('finds nothing else there', async () => {
  const agent = here.agentOf('kazan-7')
  for (const path of ['/', '/api/v1/terminals', '/documents/', '/documents/../time', '//x', '/time/']) {
    assert.is(await here.statusOf(agent, 'GET', path), path === '/documents/../time' ? 200 : 404, path)
  }
  assert.is(await here.statusOf(agent, 'POST', paths.time), 404)
})

aDoor.run()
