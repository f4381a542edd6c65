import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openPeoplesDoor } from '../../support/people-door.ts'

type Door = Awaited<ReturnType<typeof openPeoplesDoor>>

let door: Door
let elsewhere: Record<string, string>
let here: Record<string, string>

const ask = async (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  { body, as = door.bearer }: { body?: object; as?: Record<string, string> } = {},
) => {
  const answer = await door.app.inject({
    method,
    url: encodeURI(`/api/v1${path}`),
    headers: as,
    ...(body ? { payload: body } : {}),
  })
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() }
}

const start = async () => {
  door = await openPeoplesDoor()
  const program = async (name: string, villages: string[]) => ({
    authorization: `Bearer ${await door.auth.tokens.put({ name, role: 'operator', villages })}`,
  })
  elsewhere = await program('elsewhere', ['Балтач'])
  here = await program('here', ['Арча'])
  await door.clock.pass(60_000)
  door.broker.there.add('t1')
  door.terminals.connected('t1')
  await door.clock.pass(60_000)
  door.broker.there.delete('t1')
  door.terminals.disconnected('t1')
  await door.clock.pass(100_000)
}

const presence = suite('presence over the API')
presence.before(start)
presence.after(() => door.close())

presence('is told as intervals of a range', async () => {
  const { body, status } = await ask('GET', '/terminals/t1/presence')
  assert.is(status, 200)
  assert.equal(
    body.map(({ state, reason }: { state: string; reason?: string }) => [state, reason]),
    [
      ['never-seen', undefined],
      ['online', undefined],
      ['offline', 'unknown'],
    ],
  )
  const now = new Date(door.clock.now()).toISOString()
  const late = await ask('GET', `/terminals/t1/presence?from=${door.clock.now() - 1000}&to=${now}`)
  assert.is(late.body.length, 1)
  assert.is((await ask('GET', '/terminals/t1/presence?from=never')).status, 400)
  assert.is((await ask('GET', '/terminals/t9/presence')).status, 404)
  assert.is((await ask('GET', '/terminals/t1/presence', { as: elsewhere })).status, 404)
})

presence('takes a word on a downtime from those who see its village, and on nothing else', async () => {
  const { body } = await ask('GET', '/terminals/t1/presence')
  const [, there, away] = body
  const edit = { body: { reason: 'power', note: 'гроза' } }
  const { status, body: edited } = await ask('PATCH', `/downtimes/${away.id}`, { ...edit, as: here })
  assert.is(status, 200)
  assert.equal([edited.reason, edited.note, edited.judgedBy], ['power', 'гроза', 'person'])
  assert.not('editedBy' in edited)
  assert.is((await ask('PATCH', `/downtimes/${away.id}`, { ...edit, as: elsewhere })).status, 404)
  assert.is((await ask('PATCH', `/downtimes/${there.id}`, edit)).status, 400)
  assert.is((await ask('PATCH', '/downtimes/nothing', edit)).status, 404)
  assert.is((await ask('PATCH', `/downtimes/${away.id}`, { body: { reason: 'weather' } })).status, 400)
})

presence('tells the events of a terminal, the newest first', async () => {
  await door.presence.events.note('t1', 'used-twice', { about: 'a' })
  await door.clock.pass(1000)
  await door.presence.events.note('t1', 'used-twice', { about: 'b' })
  const { body } = await ask('GET', '/terminals/t1/events?limit=1')
  assert.equal([body.length, body[0].data], [1, { about: 'b' }])
  assert.is((await ask('GET', '/terminals/t9/events')).status, 404)
})

presence('takes terminals out of service and back', async () => {
  assert.is((await ask('POST', '/terminals/t1/retire')).body.state, 'retired')
  assert.is((await ask('POST', '/terminals/t1/reinstate')).body.state, 'offline')
  assert.is((await ask('POST', '/terminals/t9/retire')).status, 404)
})

const maintenance = suite('announced work over the API')
maintenance.before(start)
maintenance.after(() => door.close())

maintenance('is announced, listed and ended by those who see what it is about', async () => {
  const now = door.clock.now()
  const wish = { about: 'village', name: 'Арча', from: now + 1000, until: now + 2000, note: 'сеть' }
  const made = await ask('POST', '/maintenance', { body: wish, as: here })
  assert.is(made.status, 201)
  assert.match(made.body.createdBy, /^program:/)
  assert.is((await ask('GET', '/maintenance', { as: here })).body.length, 1)
  assert.is((await ask('GET', '/maintenance', { as: elsewhere })).body.length, 0)
  assert.is((await ask('DELETE', `/maintenance/${made.body.id}`, { as: elsewhere })).status, 404)
  for (const [about, name, status] of [
    ['terminal', 't1', 201],
    ['terminal', 't9', 404],
    ['village', 'Нигде', 404],
    ['district', 'Арский', 404],
    ['district', 'Сабинский', 404],
    ['fleet', '', 404],
  ] as const) {
    const answer = await ask('POST', '/maintenance', { body: { ...wish, about, name }, as: here })
    assert.is(answer.status, status, `${about} ${name}`)
  }
  assert.is((await ask('POST', '/maintenance', { body: { ...wish, about: 'fleet', name: '' } })).status, 201)
  assert.is((await ask('POST', '/maintenance', { body: { ...wish, about: 'fleet' } })).status, 404)
  assert.is((await ask('POST', '/maintenance', { body: { ...wish, until: now } })).status, 400)
  assert.is((await ask('DELETE', `/maintenance/${made.body.id}`, { as: here })).status, 204)
  assert.is((await ask('DELETE', `/maintenance/${made.body.id}`, { as: here })).status, 404)
})

const villages = suite('villages over the API')
villages.before(start)
villages.after(() => door.close())

villages('are described by those who see all, and seen by those who see them', async () => {
  const place = { district: 'Арский', latitude: 56.09, longitude: 49.88 }
  const put = await ask('PUT', '/villages/Арча', { body: place })
  assert.equal(put.body, { name: 'Арча', ...place })
  assert.equal((await ask('GET', '/villages', { as: here })).body, [{ name: 'Арча', ...place }])
  assert.is((await ask('GET', '/villages')).body.length, 19)
  assert.is((await ask('PUT', '/villages/Арча', { body: place, as: here })).status, 403)
  assert.is((await ask('PUT', '/villages/Арча', { body: { ...place, latitude: 100 } })).status, 400)
})

presence.run()
maintenance.run()
villages.run()
