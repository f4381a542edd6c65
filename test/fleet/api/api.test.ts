import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Command, Terminal } from '../../../fleet/api/schemas.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { wire } from '../../../protocol/wire.ts'
import { reportOf } from '../../support/fleet.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

type Door = Awaited<ReturnType<typeof openPeoplesDoor>>

const atTheDoor = (act: (door: Door) => Promise<void>) => async () => {
  const door = await openPeoplesDoor()
  try {
    await act(door)
  } finally {
    await door.close()
  }
}

const api = '/api/v1'
const print = { name: 'printer.print', input: { document: uuidv7() } }

const anAnswer = suite('an answer')

anAnswer(
  'protects pages in a browser, also where it refuses',
  atTheDoor(async ({ app, bearer }) => {
    const asked = [
      { url: `${api}/terminals`, headers: bearer },
      { url: `${api}/terminals` },
      { url: '/nowhere' },
      { url: `${api}/terminals/%E0%` },
    ]
    for (const request of asked) {
      const { headers } = await app.inject(request)
      assert.match(String(headers['content-security-policy']), /^default-src 'self';/)
      assert.match(String(headers['content-security-policy']), "frame-ancestors 'self'")
      assert.is(headers['x-content-type-options'], 'nosniff')
      assert.is(headers['referrer-policy'], 'no-referrer')
      assert.is(headers['strict-transport-security'], undefined)
    }
  }),
)

anAnswer(
  'to what no route can take is a problem document too',
  atTheDoor(async ({ app, bearer }) => {
    for (const url of [`${api}/terminals/%E0%`, `${api}/terminals/${'x'.repeat(101)}`, '/%']) {
      const answer = await app.inject({ url, headers: bearer })
      assert.is(answer.statusCode, 400, url)
      assert.is(answer.headers['content-type'], 'application/problem+json; charset=utf-8')
      assert.is(answer.json().code, 'invalid')
    }
  }),
)

anAnswer('on a connection that is kept while the fleet stops is a problem document too', async () => {
  const { app, bearer, shelf, close } = await openPeoplesDoor()
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<undefined>()
  shelf.find = () => {
    asked.resolve()
    return answer.promise
  }
  const events = await fetch(`http://127.0.0.1:${port}${api}/events`, { headers: bearer })
  const line = connect(port, '127.0.0.1')
  const get = (path: string) =>
    line.write(`GET ${api}${path} HTTP/1.1\r\nHost: fleet\r\nAuthorization: ${bearer.authorization}\r\n\r\n`)
  get(`/artefacts/${uuidv7()}`)
  await asked.promise
  const closed = close()
  // Streams end when the fleet has begun to stop.
  await events.text()
  const more = once(app.server, 'request')
  get('/terminals')
  await more
  answer.resolve(undefined)
  const [first = '', second = ''] = (await text(line)).split('HTTP/1.1 ').slice(1)
  assert.match(first, /^404 .*"code":"not-found"/s)
  assert.match(second, /^503 .*application\/problem\+json.*"code":"unavailable"/s)
  await closed
})

anAnswer.run()

const aProgram = suite('a program')

aProgram(
  'sees the terminals, whatever they call themselves',
  atTheDoor(async ({ app, bearer, terminals }) => {
    await terminals.register('t2', '<script>alert(1)</script>')
    const answer = await app.inject({ url: `${api}/terminals`, headers: bearer })
    assert.is(answer.statusCode, 200)
    assert.match(String(answer.headers['content-type']), /^application\/json/)
    assert.is(answer.headers['x-content-type-options'], 'nosniff')
    const list = answer.json<Terminal[]>()
    assert.equal(
      list.map(({ id, state }) => [id, state]),
      [
        ['t1', 'never-seen'],
        ['t2', 'never-seen'],
      ],
    )
    assert.is(list[1]?.village, '<script>alert(1)</script>')
    const one = await app.inject({ url: `${api}/terminals/t1`, headers: bearer })
    assert.equal(one.json(), list[0])
    const none = await app.inject({ url: `${api}/terminals/t9`, headers: bearer })
    assert.is(none.statusCode, 404)
    assert.is(none.headers['content-type'], 'application/problem+json; charset=utf-8')
    assert.equal(none.json(), {
      type: '/problems/not-found',
      code: 'not-found',
      title: 'There is no such thing',
      status: 404,
      detail: 'There is no such terminal',
    })
  }),
)

aProgram(
  'asks for a command, follows it and reads what came of it',
  atTheDoor(async ({ app, bearer, broker, commands }) => {
    broker.there.add('t1')
    const asked = await app.inject({
      method: 'POST',
      url: `${api}/terminals/t1/commands`,
      headers: bearer,
      payload: { ...print, expiresInMs: 5000 },
    })
    assert.is(asked.statusCode, 202)
    const { id, state } = asked.json<Command>()
    assert.equal(asked.json(), { id, state: 'sent' })
    assert.is(state, 'sent')
    assert.is(asked.headers.location, `${api}/commands/${id}`)
    await commands.report('t1', reportOf(id, 'succeeded', { result: { job: 7, impressions: 1 } }))
    const read = await app.inject({ url: `${api}/commands/${id}`, headers: bearer })
    const command = read.json<Command>()
    assert.equal(command.result, { job: 7, impressions: 1 })
    assert.equal(command.input, print.input)
    assert.is(command.actor, 'program:test')
    assert.is(command.expiresAt - command.issuedAt, 5000)
    assert.not('deadlineMs' in command)
    const list = await app.inject({ url: `${api}/terminals/t1/commands?limit=1`, headers: bearer })
    assert.equal(list.json(), [command])
  }),
)

aProgram(
  'gets the same command for the same key, and a conflict for another wish',
  atTheDoor(async ({ app, bearer }) => {
    const ask = (payload: object) =>
      app.inject({ method: 'POST', url: `${api}/terminals/t1/commands`, headers: bearer, payload })
    const one = await ask({ ...print, idempotencyKey: 'k' })
    const two = await ask({ ...print, idempotencyKey: 'k' })
    assert.equal(one.json(), two.json())
    const other = await ask({ ...print, name: 'printer.describe', input: {}, idempotencyKey: 'k' })
    assert.is(other.statusCode, 409)
    assert.is(other.json().code, 'conflict')
  }),
)

aProgram(
  'cancels a command',
  atTheDoor(async ({ app, bearer }) => {
    const asked = await app.inject({
      method: 'POST',
      url: `${api}/terminals/t1/commands`,
      headers: bearer,
      payload: print,
    })
    const url = `${api}/commands/${asked.json<Command>().id}`
    const cancelled = await app.inject({ method: 'DELETE', url, headers: bearer })
    assert.is(cancelled.statusCode, 202)
    assert.is(cancelled.json<Command>().state, 'cancelled')
    const none = await app.inject({
      method: 'DELETE',
      url: `${api}/commands/${uuidv7()}`,
      headers: bearer,
    })
    assert.is(none.statusCode, 404)
    assert.is(
      (await app.inject({ url: `${api}/commands/${uuidv7()}/events`, headers: bearer })).statusCode,
      404,
    )
    assert.is((await app.inject({ url: `${api}/commands/${uuidv7()}`, headers: bearer })).statusCode, 404)
  }),
)

aProgram(
  'is told by a code what is wrong with its request',
  atTheDoor(async ({ app, bearer }) => {
    const url = `${api}/terminals/t1/commands`
    const requests = [
      { payload: { ...print, input: {} } },
      { payload: { ...print, name: 'printer.explode' } },
      { payload: { ...print, more: 1 } },
      { payload: '{"name":', headers: { 'content-type': 'application/json' } },
      { payload: 'x', headers: { 'content-type': 'text/plain' } },
      { payload: { name: 'printer.print', input: 'x'.repeat(70_000) } },
    ]
    const codes: string[] = []
    for (const { payload, headers } of requests) {
      const answer = await app.inject({ method: 'POST', url, payload, headers: { ...bearer, ...headers } })
      assert.is(answer.statusCode, answer.json().status)
      codes.push(answer.json().code)
    }
    assert.equal(codes, ['invalid', 'invalid', 'invalid', 'invalid', 'unsupported-media-type', 'too-large'])
    const odd = await app.inject({ url: `${api}/terminals/%00`, headers: bearer })
    assert.is(odd.json().code, 'invalid')
    const lost = await app.inject({ url: `${api}/nowhere`, headers: bearer })
    assert.is(lost.json().code, 'not-found')
  }),
)

aProgram(
  'learns nothing of a fault inside',
  atTheDoor(async ({ app, bearer, database }) => {
    await database.schema.alterTable('commands').renameTo('secret_place').execute()
    const answer = await app.inject({ url: `${api}/commands/${uuidv7()}`, headers: bearer })
    assert.is(answer.statusCode, 500)
    assert.is(answer.json().code, 'internal')
    assert.not.match(answer.body, /commands|table/)
    await database.schema.alterTable('secret_place').renameTo('commands').execute()
  }),
)

aProgram(
  'without a token that holds is sent away everywhere but at the descriptions',
  atTheDoor(async ({ app }) => {
    for (const url of ['/terminals', '/terminals/t1', '/events', `/artefacts/${uuidv7()}`, '/session']) {
      const answer = await app.inject({ url: api + url, headers: { authorization: 'Bearer avyl_nothing' } })
      assert.is(answer.statusCode, 401, url)
      assert.is(answer.json().code, 'not-signed-in')
    }
    assert.is((await app.inject({ url: `${api}/openapi.json` })).statusCode, 200)
  }),
)

interface Described {
  content?: Record<string, unknown>
}

interface OpenApi {
  openapi: string
  paths: Record<
    string,
    Record<string, { operationId: string; requestBody?: Described; responses: Record<string, Described> }>
  >
}

aProgram(
  'reads an OpenAPI document in which each route has a name, a schema and its errors',
  atTheDoor(async ({ app }) => {
    const document = (await app.inject({ url: `${api}/openapi.json` })).json<OpenApi>()
    assert.is(document.openapi, '3.1.0')
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ route: `${method} ${path}`, operation })),
    )
    const hidden = ['/api/v1/openapi.json', '/api/v1/asyncapi.json']
    const real = app.rights
      .filter(({ method, url }) => method !== 'HEAD' && !hidden.includes(url))
      .map(({ method, url }) => `${method.toLowerCase()} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)
    assert.ok(real.length > 17)
    assert.equal(routes.map(({ route }) => route).sort(), real.sort())
    assert.is(new Set(routes.map(({ operation }) => operation.operationId)).size, routes.length)
    for (const { route, operation } of routes) {
      for (const status of ['4XX', '5XX']) {
        const { content = {} } = operation.responses[status] ?? {}
        assert.equal(Object.keys(content), ['application/problem+json'], route)
      }
      assert.ok(
        Object.keys(operation.responses).some((status) => status.startsWith('2')),
        route,
      )
    }
  }),
)

aProgram(
  'reads there of what kind a file is, sent or given',
  atTheDoor(async ({ app }) => {
    const { paths } = (await app.inject({ url: `${api}/openapi.json` })).json<OpenApi>()
    const kinds = ({ content = {} }: Described = {}) => Object.keys(content)
    const files = ['application/pdf', 'image/jpeg', 'image/png']
    const sent = paths[`${api}/documents`]?.post?.requestBody
    assert.equal(kinds(sent), [...files, 'multipart/form-data'])
    const given = (path: string) => kinds(paths[`${api}${path}`]?.get?.responses[200])
    for (const kind of files) assert.ok(given('/artefacts/{id}').includes(kind), kind)
    assert.not(given('/artefacts/{id}').includes('application/json'))
    assert.equal(given('/artefacts/{id}/preview'), ['image/jpeg'])
    assert.equal(given('/commands/{id}/events'), ['text/event-stream'])
  }),
)

aProgram(
  'reads an AsyncAPI document with every channel of the wire',
  atTheDoor(async ({ app }) => {
    const document = (await app.inject({ url: `${api}/asyncapi.json` })).json()
    assert.is(document.asyncapi, '3.0.0')
    assert.equal(Object.keys(document.channels), Object.keys(wire))
    assert.is(document.channels.command.address, 'avyl/1/d/{device}/dn/cmd/{command}')
    assert.is(document.operations.command.action, 'send')
    assert.is(document.operations.presence.action, 'receive')
    assert.equal(document.components.messages.cancel.payload.required, [
      'v',
      'ts',
      'boot',
      'run',
      'seq',
      'id',
    ])
    assert.ok(document.components.schemas['scanner.scan.input'])
    for (const { $ref } of Object.values<{ channel: { $ref: string } }>(document.operations).map(
      ({ channel }) => channel,
    )) {
      assert.ok(document.channels[$ref.replace('#/channels/', '')])
    }
  }),
)

aProgram.run()
