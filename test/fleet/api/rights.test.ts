import { request as ask } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { guard, type RouteRight } from '../../../fleet/api/access.ts'
import type { ApiParts } from '../../../fleet/api/ports.ts'
import type { Scope } from '../../../fleet/api/scope.ts'
import { ofPeopleOnly, type Permission, permissions, roles } from '../../../fleet/auth/permissions.ts'
import type { Role } from '../../../fleet/store/schema.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

type Door = Awaited<ReturnType<typeof openPeoplesDoor>>
type Right = Door['app']['rights'][number]

/** What anyone may ask, each for a reason: to get in, to read how, to verify what the fleet signed, to watch over it. */
const open = [
  'GET /api/v1/asyncapi.json',
  'GET /api/v1/openapi.json',
  'GET /api/v1/signing-keys',
  'POST /api/v1/session',
  'POST /api/v1/session/passkey',
  'POST /api/v1/session/passkey/options',
  'POST /api/v1/session/second-factor',
  'GET /healthz',
  'GET /readyz',
]

const password = 'a long password'
const elsewhere = ['Elsewhere']
const nowhere = uuidv7()

let door: Door
let port = 0
/** Things of the village of t1, by how a path that is about one begins. */
const real: Record<string, string> = {}

const start = async () => {
  door = await openPeoplesDoor()
  const { app, commands, shelf, auth } = door
  const wish = { terminal: 't1', name: 'printer.describe', input: {}, actor: 'user:somebody' }
  real['/terminals'] = 't1'
  real['/commands'] = (await commands.request(wish)).id
  real['/artefacts'] = shelf.put(Buffer.from('a page'), { terminal: 't1' }).id
  for (const role of roles) {
    await auth.users.put(role, password, role)
    await auth.users.add({ name: `${role}.elsewhere`, password, role, villages: elsewhere })
  }
  await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as AddressInfo).port
}

/** The status of the answer to somebody elsewhere; the body, which may be a stream without end, is left alone. */
const statusOf = (method: string, path: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const away = { ...headers, 'x-forwarded-for': '192.0.2.1' }
    const request = ask({ port, host: '127.0.0.1', method, path, headers: away, agent: false }, (answer) => {
      answer.on('error', () => undefined)
      resolve(answer.statusCode ?? 0)
      request.destroy()
    })
    request.setTimeout(10_000, () => request.destroy(new Error(`${method} ${path} does not answer`)))
    request.on('error', reject)
    request.end()
  })

/** The path of a route: a thing that is not there, or with `foreign` one that is there for others. */
const pathOf = ({ url }: Right, foreign = false): string => {
  const place = Object.keys(real).find((start) => url.startsWith(`/api/v1${start}/:id`))
  const id = foreign && place !== undefined ? (real[place] ?? '') : nowhere
  return url.replace(':id', id).replace(/:\w+/g, nowhere).replace('*', nowhere)
}

const asPerson = async (name: string): Promise<Record<string, string>> => {
  const user = (await door.auth.users.list()).find((one) => one.name === name)
  if (!user) throw new Error(`there is no ${name}`)
  const secret = await door.auth.sessions.begin(user)
  return { cookie: `avyl_session=${secret}`, 'sec-fetch-site': 'same-origin' }
}

const asProgram = async (
  name: string,
  role: Role,
  more: { scopes?: readonly Permission[]; villages?: readonly string[] } = {},
): Promise<Record<string, string>> => ({
  authorization: `Bearer ${await door.auth.tokens.put({ name, role, ...more })}`,
})

const isRefusal = (status: number): boolean => status === 401 || status === 403
const allows = (permission: Permission, role: Role): boolean =>
  (permissions[permission] as readonly Role[]).includes(role)

/** Every route that is not open, with its permission. HEAD goes the way of GET. */
const guarded = (): { right: Right; permission: Permission; name: string }[] =>
  door.app.rights.flatMap((right) =>
    right.permission === undefined || right.method === 'HEAD'
      ? []
      : [{ right, permission: right.permission, name: `${right.method} ${right.url}` }],
  )

const everyRoute = suite('every route')
everyRoute.before(start)
everyRoute.after(() => door.close())

everyRoute('says who may use it, or is one of the few for anyone', () => {
  const rights = door.app.rights.filter(({ method }) => method !== 'HEAD')
  assert.ok(rights.length > 40)
  for (const { method, url, permission, open: isOpen } of rights) {
    assert.ok(
      (isOpen === true) !== (permission !== undefined && permission in permissions),
      `${method} ${url}`,
    )
  }
  const found = rights.filter((right) => right.open).map(({ method, url }) => `${method} ${url}`)
  assert.equal(found.sort(), open.toSorted())
})

everyRoute('that does not say it keeps the server from starting', async () => {
  const { app, auth, close } = await openPeoplesDoor()
  const undeclared: { config?: RouteRight }[] = [
    {},
    { config: {} },
    { config: { permission: 'nothing.known' as Permission } },
    { config: { open: true, permission: 'account.own' } },
  ]
  await app.register(async (api) => {
    guard(api, { auth } as unknown as ApiParts, {} as Scope)
    for (const options of undeclared) {
      assert.throws(() => api.get('/new', options, async () => 'x'), /GET \/new does not say who may use it/)
    }
    api.get('/new', { config: { permission: 'terminals.read' } }, async () => 'x')
  })
  await app.ready()
  await close()
})

everyRoute('sends away who is nobody, and an open one does not', async () => {
  for (const right of door.app.rights) {
    const name = `${right.method} ${right.url}`
    const status = await statusOf(right.method, pathOf(right), {})
    if (right.open) assert.not(isRefusal(status), name)
    else assert.is(status, 401, name)
    const wrong = await statusOf(right.method, pathOf(right), {
      authorization: 'Bearer avyl_nothing',
      cookie: (await asPerson('admin')).cookie ?? '',
    })
    if (!right.open) assert.is(wrong, 401, `${name} with a wrong token beside a right cookie`)
  }
})

for (const role of roles) {
  everyRoute(`lets in a person who is ${role} as the table says`, async () => {
    for (const { right, permission, name } of guarded()) {
      const status = await statusOf(right.method, pathOf(right), await asPerson(role))
      if (allows(permission, role)) assert.not(isRefusal(status), `${name} answers ${status}`)
      else assert.is(status, 403, name)
    }
  })

  everyRoute(`lets in a program that is ${role} as the table and its scopes say`, async () => {
    const all = await asProgram('all', role)
    for (const permission of Object.keys(permissions) as Permission[]) {
      const only = await asProgram('only', role, { scopes: [permission] })
      const others = (Object.keys(permissions) as Permission[]).filter((one) => one !== permission)
      const but = await asProgram('but', role, { scopes: others })
      for (const { right, name } of guarded().filter((one) => one.permission === permission)) {
        for (const [headers, isIn] of [
          [all, true],
          [only, true],
          [but, false],
        ] as const) {
          const status = await statusOf(right.method, pathOf(right), headers)
          const allowed = isIn && allows(permission, role) && !ofPeopleOnly.has(permission)
          if (allowed) assert.not(isRefusal(status), `${name} answers ${status}`)
          else assert.is(status, 403, name)
        }
      }
    }
  })

  everyRoute(`hides what is foreign from a ${role} of another village`, async () => {
    const program = await asProgram('elsewhere', role, { villages: elsewhere })
    for (const { right, permission, name } of guarded()) {
      const isPlace = Object.keys(real).some((start) => right.url.startsWith(`/api/v1${start}/:id`))
      for (const headers of [await asPerson(`${role}.elsewhere`), program]) {
        const isProgram = headers === program
        const status = await statusOf(right.method, pathOf(right, true), headers)
        if (!allows(permission, role) || (isProgram && ofPeopleOnly.has(permission))) {
          assert.is(status, 403, name)
        } else if (isPlace) {
          // Without a body a route that needs one may answer so first, whatever the terminal.
          assert.ok(status === 404 || status === 400 || status === 415, `${name} answers ${status}`)
        } else if (right.heedsVillages) assert.not(isRefusal(status), `${name} answers ${status}`)
        else assert.is(status, 403, name)
      }
    }
  })
}

everyRoute('that changes something refuses a cookie that came from another page', async () => {
  for (const { right, name } of guarded()) {
    if (right.method === 'GET' || right.method === 'HEAD') continue
    const { cookie = '' } = await asPerson('admin')
    for (const headers of [
      { cookie },
      { cookie, 'sec-fetch-site': 'cross-site' },
      { cookie, origin: 'http://evil.test' },
    ]) {
      assert.is(await statusOf(right.method, pathOf(right), headers as Record<string, string>), 403, name)
    }
  }
})

everyRoute('but those of the account is closed to who owes a password or a second factor', async () => {
  const admin = (await door.auth.users.list()).find(({ name }) => name === 'admin')
  for (const owes of ['code', 'password', 'second-factor'] as const) {
    for (const { right, permission, name } of guarded()) {
      const secret = await door.auth.sessions.begin(admin ?? { id: '' }, { owes })
      const headers = { cookie: `avyl_session=${secret}`, 'sec-fetch-site': 'same-origin' }
      const status = await statusOf(right.method, pathOf(right), headers)
      if (owes === 'code') assert.is(status, 401, name)
      else if (permission.startsWith('account.')) assert.not(isRefusal(status), `${name} answers ${status}`)
      else assert.is(status, 403, name)
    }
  }
})

everyRoute('that asks for a proof of who sits there wants it anew after ten minutes', async () => {
  const confirmed = guarded().filter(({ right }) => right.confirmed)
  assert.ok(confirmed.length > 5)
  const headers = await asPerson('expert')
  await door.clock.pass(10 * 60_000 + 1)
  for (const { right, name } of confirmed) {
    assert.is(await statusOf(right.method, pathOf(right), headers), 403, name)
  }
})

everyRoute.run()
