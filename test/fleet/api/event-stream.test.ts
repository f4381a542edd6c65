import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stillAllowed } from '../../../fleet/api/access.ts'
import { EventStreams } from '../../../fleet/api/event-stream.ts'
import { password, Visitor } from '../../support/people.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

const aStream = suite('a stream of events')

/** Serves one answer to each request; where it listens. */
const serve = async (answer: Parameters<typeof createServer>[1] & {}) => {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const replyOf = (raw: unknown) =>
  ({ raw, send: () => undefined, hijack: () => ({ raw }), getHeaders: () => ({}) }) as unknown as Parameters<
    EventStreams['open']
  >[0]

for (const [when, end] of [
  ['says no', async () => false],
  ['cannot be asked', () => Promise.reject(new Error('the store is away'))],
] as const) {
  aStream(`ends once whoever is asked at a heartbeat ${when}`, async () => {
    let looks = 0
    const left = Promise.withResolvers<void>()
    const streams = new EventStreams(1)
    const { server, url } = await serve((_request, raw) =>
      streams.open(
        replyOf(raw),
        () => left.resolve,
        async () => {
          looks += 1
          return looks < 3 || end()
        },
      ),
    )
    const response = await fetch(url)
    const beats = 'event: beat\ndata: {"everyMs":1}\n\n'.repeat(2)
    const read = await response.text().catch(() => beats)
    assert.ok(read.startsWith(beats))
    await left.promise
    assert.ok(looks >= 3)
    server.close()
  })
}

aStream('tells at once when its next heartbeat comes', async () => {
  const streams = new EventStreams()
  const { server, url } = await serve((_request, raw) =>
    streams.open(
      replyOf(raw),
      () => undefined,
      async () => true,
    ),
  )
  const response = await fetch(url)
  const { value } = (await response.body?.pipeThrough(new TextDecoderStream()).getReader().read()) ?? {}
  assert.is(value, 'event: beat\ndata: {"everyMs":15000}\n\n')
  streams.end()
  server.close()
})

aStream('does not begin for a reader who left before', async () => {
  const opened = Promise.withResolvers<void>()
  const heard = Promise.withResolvers<void>()
  let begun = 0
  const streams = new EventStreams()
  const { server, url } = await serve(async (_request, raw) => {
    heard.resolve()
    await once(raw, 'close')
    streams.open(
      replyOf(raw),
      () => {
        begun += 1
        return undefined
      },
      async () => true,
    )
    opened.resolve()
  })
  const leaving = new AbortController()
  const answer = fetch(url, { signal: leaving.signal }).catch(() => undefined)
  await heard.promise
  leaving.abort()
  await answer
  await opened.promise
  assert.is(begun, 0)
  server.close()
})

aStream('that was refused is not asked for again, though its reader takes nothing more', async () => {
  const streams = new EventStreams(1)
  const stuck = Object.assign(new EventEmitter(), {
    ...{ destroyed: false, writableLength: 0, writeHead: () => {}, write: () => true },
    ...{ end: () => {}, destroy: () => {} },
  })
  let asked = 0
  const refused = async () => {
    asked += 1
    return false
  }
  streams.open(replyOf(stuck), () => undefined, refused)
  // The heartbeats of another one count the time.
  let looks = 0
  const { server, url } = await serve((_request, raw) =>
    streams.open(
      replyOf(raw),
      () => undefined,
      async () => ++looks < 5,
    ),
  )
  await (await fetch(url)).text()
  assert.is(asked, 1)
  server.close()
})

aStream('is for who may still do the same as when it began', async () => {
  const door = await openPeoplesDoor()
  const { id } = await door.users.put('expert', password, 'expert')
  const visitor = new Visitor(door)
  await visitor.signIn('expert')
  const actor = (await door.auth.sessions.actor(visitor.cookie)) ?? null
  const request = { actor, headers: {}, cookies: { avyl_session: visitor.cookie }, protocol: 'http' }
  const allowed = stillAllowed(request as never, door)
  assert.is(await allowed(), true)
  await door.users.change(id, { villages: ['Арча'] })
  assert.is(await allowed(), false)
  await door.users.change(id, { villages: null })
  assert.is(await allowed(), true)
  await door.auth.sessions.end(visitor.cookie)
  assert.is(await allowed(), false)
  const token = await door.auth.tokens.create('flows', 'expert')
  const program = {
    actor: (await door.auth.tokens.actor(token)) ?? null,
    headers: { authorization: `Bearer ${token}` },
  }
  const mayStill = stillAllowed({ ...program, cookies: {}, protocol: 'http' } as never, door)
  assert.is(await mayStill(), true)
  await door.auth.tokens.revoke('flows')
  assert.is(await mayStill(), false)
  await door.close()
})

aStream.run()
