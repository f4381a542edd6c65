import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stillAllowed } from '../../../fleet/api/access.ts'
import { EventStreams } from '../../../fleet/api/event-stream.ts'
import { password, Visitor } from '../../support/people.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

const aStream = suite('a stream of events')

for (const [when, end] of [
  ['says no', async () => false],
  ['cannot be asked', () => Promise.reject(new Error('the store is away'))],
] as const) {
  aStream(`ends once whoever is asked at a heartbeat ${when}`, async () => {
    let looks = 0
    const left = Promise.withResolvers<void>()
    const streams = new EventStreams(1)
    const server = createServer((_request, raw) => {
      const reply = { hijack: () => ({ raw }), getHeaders: () => ({}) } as unknown as Parameters<
        EventStreams['open']
      >[0]
      streams.open(reply, left.resolve, async () => {
        looks += 1
        return looks < 3 || end()
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const beats = ':\n\nevent: beat\ndata: {"everyMs":1}\n\n'
    const read = await response.text().catch(() => beats)
    assert.ok(read.startsWith(beats))
    await left.promise
    assert.ok(looks >= 3)
    server.close()
  })
}

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
