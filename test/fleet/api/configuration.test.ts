import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defaultConfiguration } from '../../../protocol/configuration.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

type Door = Awaited<ReturnType<typeof openPeoplesDoor>>

const root = '/api/v1'
const fleetLayer = `${root}/configuration/layers/fleet/all`

const theRoutes = suite('the configuration over the API')
let door: Door

theRoutes.before.each(async () => {
  door = await openPeoplesDoor()
  await door.terminals.register('t2', 'Кукмара')
})
theRoutes.after.each(async () => {
  await door.close()
})

const get = (url: string, headers = door.bearer) => door.app.inject({ url: `${root}${url}`, headers })
const put = (payload: object, headers: Record<string, string> = {}, url = fleetLayer) =>
  door.app.inject({ method: 'PUT', url, headers: { ...door.bearer, ...headers }, payload })

theRoutes('gives defaults, and layers that nobody wrote', async () => {
  assert.equal((await get('/configuration/defaults')).json(), defaultConfiguration)
  const layer = await get('/configuration/layers/fleet/all')
  assert.equal(layer.json(), { scope: 'fleet', name: 'all', version: 0, content: {} })
  assert.is(layer.headers.etag, '"0"')
  assert.equal((await get('/configuration/layers')).json(), [])
  assert.is((await get('/configuration/layers/moon/all')).statusCode, 400)
})

theRoutes('writes a layer by the version in the body or in If-Match, and refuses a stale one', async () => {
  const first = await put({ content: { logLevel: 'warn' }, version: 0, note: 'quiet' })
  assert.is(first.statusCode, 200)
  assert.is(first.headers.etag, '"1"')
  assert.equal(
    first.json().terminals.map(({ terminal }: { terminal: string }) => terminal),
    ['t1', 't2'],
  )
  assert.is((await put({ content: {}, version: 0 })).json().code, 'conflict')
  assert.is((await put({ content: {} }, { 'if-match': '"0"' })).statusCode, 409)
  assert.is((await put({ content: {} })).statusCode, 400)
  assert.is((await put({ content: {} }, { 'if-match': '*' })).statusCode, 400)
  assert.is((await put({ content: { logLevel: 'error' } }, { 'if-match': '"1"' })).statusCode, 200)
  const [newest, oldest] = (await get('/configuration/layers/fleet/all/history')).json()
  assert.is(newest.version, 2)
  assert.equal([oldest.version, oldest.note, oldest.content], [1, 'quiet', { logLevel: 'warn' }])
  assert.ok(oldest.actor)
  assert.is((await get('/configuration/layers/fleet/all/history?limit=1')).json().length, 1)
  assert.is((await get('/configuration/layers')).json().length, 1)
})

theRoutes('tells whoever sees a terminal what its commands are that do not say it', async () => {
  await put({ content: { scan: { dpi: 150, clean: 'off' }, print: { duplex: 'long-edge' } }, version: 0 })
  const token = await door.auth.tokens.create('flows', 'expert')
  const asExpert = { authorization: `Bearer ${token}` }
  const answer = await get('/terminals/t1/command-defaults', asExpert)
  assert.equal(answer.json(), {
    scan: { ...defaultConfiguration.scan, dpi: 150, clean: 'off' },
    print: { ...defaultConfiguration.print, duplex: 'long-edge' },
  })
  assert.is((await get('/terminals/t1/configuration', asExpert)).statusCode, 403)
  assert.is((await get('/terminals/t9/command-defaults', asExpert)).statusCode, 404)
})

theRoutes('says what is wrong at which place', async () => {
  const answer = await put({ content: { scan: { dpi: 9 }, volume: 11 }, version: 0 })
  assert.is(answer.statusCode, 400)
  const { code, errors } = answer.json()
  assert.is(code, 'invalid')
  assert.equal(errors.map(({ path }: { path: string }) => path).sort(), ['/scan/dpi', '/volume'])
})

theRoutes('tries without writing', async () => {
  const url = `${fleetLayer}?dryRun=true`
  const answer = await put({ content: { logLevel: 'warn' }, version: 0 }, {}, url)
  assert.equal(answer.json().terminals[0], {
    terminal: 't1',
    changes: [{ path: '/logLevel', before: 'info', after: 'warn' }],
  })
  assert.is((await get('/configuration/layers/fleet/all')).json().version, 0)
})

theRoutes('compares versions and brings an old one back', async () => {
  await put({ content: { logLevel: 'warn' }, version: 0 })
  await put({ content: { logLevel: 'debug', scan: { dpi: 150 } }, version: 1 })
  assert.equal((await get('/configuration/layers/fleet/all/diff?from=1&to=2')).json(), [
    { path: '/logLevel', before: 'warn', after: 'debug' },
    { path: '/scan/dpi', after: 150 },
  ])
  assert.is((await get('/configuration/layers/fleet/all/diff?from=1&to=7')).statusCode, 404)
  const back = (payload: object) =>
    door.app.inject({ method: 'POST', url: `${fleetLayer}/rollback`, headers: door.bearer, payload })
  assert.is((await back({ to: 1, version: 1 })).statusCode, 409)
  assert.is((await back({ to: 9, version: 2 })).statusCode, 404)
  const { layer } = (await back({ to: 1, version: 2 })).json()
  assert.equal([layer.version, layer.content, layer.note], [3, { logLevel: 'warn' }, 'Back to version 1'])
})

theRoutes('shows what a terminal should have, by which layer, and what it has', async () => {
  const village = encodeURIComponent('Арча')
  await put(
    { content: { scan: { dpi: 200 } }, version: 0 },
    {},
    `${root}/configuration/layers/village/${village}`,
  )
  const found = (await get('/terminals/t1/configuration')).json()
  assert.is(found.desired.scan.dpi, 200)
  assert.is(found.origins['/scan/dpi'], 'village:Арча')
  assert.is(found.origins['/logLevel'], 'defaults')
  assert.is(found.version, 2)
  assert.is(found.drift.reason, 'never-reported')
  const message = { v: 1, ts: 0, boot: 'b', run: 'r', seq: 0 } as const
  await door.configurations.reported('t1', {
    ...message,
    version: 2,
    hash: found.hash,
    errors: [],
    status: 'applied',
  })
  const { reported, drift } = (await get('/terminals/t1/configuration')).json()
  assert.equal([reported.version, reported.status, drift], [2, 'applied', undefined])
  const states = (await get('/configuration/terminals')).json()
  assert.equal(
    states.map(({ terminal, drift }: { terminal: string; drift?: object }) => [
      terminal,
      drift !== undefined,
    ]),
    [
      ['t1', false],
      ['t2', true],
    ],
  )
  assert.equal(
    (await get('/terminals/t1/configuration/history'))
      .json()
      .map(({ version }: { version: number }) => version),
    [2, 1],
  )
  assert.equal((await get('/terminals/t1/configuration/diff?from=1&to=2')).json(), [
    { path: '/scan/dpi', before: 300, after: 200 },
  ])
  assert.is((await get('/terminals/t1/configuration/diff?from=1&to=5')).statusCode, 404)
  assert.is((await get('/terminals/t9/configuration')).statusCode, 404)
})

theRoutes('keeps groups', async () => {
  const seat = (method: 'PUT' | 'DELETE', terminal: string, group = 'a') =>
    door.app.inject({
      ...{ method, headers: door.bearer },
      url: `${root}/configuration/groups/${group}/terminals/${terminal}`,
    })
  assert.is((await seat('PUT', 't1')).json().group, 'a')
  assert.is((await seat('PUT', 't9')).statusCode, 404)
  assert.equal((await get('/configuration/groups')).json(), [{ name: 'a', terminals: ['t1'] }])
  assert.is((await seat('DELETE', 't2')).statusCode, 409)
  assert.is((await seat('DELETE', 't1')).json().group, undefined)
})

theRoutes('are for those who may', async () => {
  for (const [role, reads, writes] of [
    ['expert', 403, 403],
    ['technician', 200, 403],
    ['operator', 200, 409],
  ] as const) {
    const headers = { authorization: `Bearer ${await door.auth.tokens.create(role, role)}` }
    assert.is((await get('/terminals/t1/configuration', headers)).statusCode, reads, role)
    assert.is((await put({ content: {}, version: 7 }, headers)).statusCode, writes, role)
  }
})

theRoutes.run()
