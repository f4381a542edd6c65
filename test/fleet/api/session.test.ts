import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { idleLifeMs } from '../../../fleet/auth/sessions.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

type Door = Awaited<ReturnType<typeof openPeoplesDoor>>

const url = '/api/v1/session'
const password = 'a long password'

const withExpert = (act: (door: Door) => Promise<void>) => async () => {
  const door = await openPeoplesDoor()
  try {
    await door.users.put('expert', password, 'expert')
    await act(door)
  } finally {
    await door.close()
  }
}

const signIn = (door: Door, headers: Record<string, string> = {}) =>
  door.app.inject({ method: 'POST', url, payload: { user: 'expert', password }, headers })

const anExpert = suite('an expert')

anExpert(
  'signs in, is known, and signs out',
  withExpert(async (door) => {
    const { app } = door
    const entered = await signIn(door, { 'sec-fetch-site': 'same-origin' })
    assert.is(entered.statusCode, 200)
    assert.equal(entered.json(), { user: 'expert', role: 'expert', villages: null, owes: null })
    const [cookie] = entered.cookies
    assert.is(cookie?.name, 'avyl_session')
    assert.is(cookie?.httpOnly, true)
    assert.is(cookie?.sameSite, 'Strict')
    assert.is(cookie?.path, '/')
    const cookies = { avyl_session: cookie?.value ?? '' }
    assert.equal((await app.inject({ url, cookies })).json(), entered.json())
    const left = await app.inject({
      method: 'DELETE',
      url,
      cookies,
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    assert.is(left.statusCode, 204)
    assert.is((await app.inject({ url, cookies })).statusCode, 401)
  }),
)

anExpert('has a cookie that keeps to TLS and to the host where the fleet is reached by it', async () => {
  const door = await openPeoplesDoor(undefined, 'https://fleet.example.org')
  await door.users.put('expert', password, 'expert')
  const [cookie] = (await signIn(door)).cookies
  assert.is(cookie?.name, '__Host-avyl_session')
  assert.equal([cookie?.secure, cookie?.path, cookie?.domain], [true, '/', undefined])
  const secret = cookie?.value ?? ''
  const by = (name: string) => door.app.inject({ url, cookies: { [name]: secret } })
  assert.is((await by('__Host-avyl_session')).statusCode, 200)
  assert.is((await by('avyl_session')).statusCode, 401, 'a name that another host could have set')
  const question = await door.app.inject({ method: 'POST', url: `${url}/passkey/options` })
  assert.is(question.json().rpId, 'fleet.example.org')
  const acted = await door.app.inject({
    ...{ method: 'DELETE', url, cookies: { '__Host-avyl_session': secret } },
    headers: { origin: 'https://fleet.example.org' },
  })
  assert.is(acted.statusCode, 204, 'whatever host the proxy in front names')
  await door.close()
})

for (const [what, path, headers] of [
  ['asks by itself', '/session', { 'avyl-background': '1' }],
  ['hears', '/events', {}],
] as const) {
  anExpert(
    `is signed out after an idle hour, whatever the page ${what}`,
    withExpert(async (door) => {
      const cookie = `avyl_session=${(await signIn(door)).cookies[0]?.value}`
      const at = await door.app.listen({ host: '127.0.0.1', port: 0 })
      const ask = async (where: string, more: Record<string, string> = {}) => {
        const leaving = new AbortController()
        const sent = { headers: { ...more, cookie }, signal: leaving.signal }
        const { status } = await fetch(`${at}/api/v1${where}`, sent)
        leaving.abort()
        return status
      }
      await door.clock.pass(idleLifeMs / 2)
      assert.is(await ask('/session'), 200)
      await door.clock.pass(idleLifeMs / 2)
      assert.is(await ask(path, headers), 200)
      await door.clock.pass(idleLifeMs / 2)
      assert.is(await ask('/session'), 401)
    }),
  )
}

anExpert(
  'is told no more than that name or password is wrong',
  withExpert(async ({ app }) => {
    const one = await app.inject({ method: 'POST', url, payload: { user: 'expert', password: 'wrong' } })
    const two = await app.inject({ method: 'POST', url, payload: { user: 'nobody', password: 'wrong' } })
    assert.is(one.statusCode, 401)
    assert.is(one.body, two.body)
    assert.equal(one.cookies, [])
  }),
)

anExpert(
  'is not made to act by a page of another host',
  withExpert(async (door) => {
    const { app } = door
    const secret = (await signIn(door)).cookies[0]?.value ?? ''
    const act = (headers: Record<string, string>) =>
      app.inject({
        method: 'POST',
        url: '/api/v1/terminals/t1/commands',
        payload: { name: 'printer.describe', input: {} },
        cookies: { avyl_session: secret },
        headers: { host: 'fleet.test', ...headers },
      })
    for (const headers of [
      {},
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: 'http://fleet.test' },
      { origin: 'http://evil.test' },
      { origin: 'null' },
    ]) {
      const answer = await act(headers as Record<string, string>)
      assert.is(answer.statusCode, 403, JSON.stringify(headers))
      assert.is(answer.json().code, 'not-allowed')
    }
    assert.is((await act({ 'sec-fetch-site': 'same-origin' })).statusCode, 202)
    assert.is((await act({ origin: 'http://fleet.test' })).statusCode, 202)
    assert.is(
      (await signIn(door, { 'sec-fetch-site': 'cross-site' })).statusCode,
      403,
      'nor signed in by one',
    )
  }),
)

anExpert(
  'is kept from guessing on and on',
  withExpert(async ({ app }) => {
    const codes = new Set<string>()
    for (let attempt = 0; attempt < 31; attempt++) {
      const answer = await app.inject({
        method: 'POST',
        url,
        payload: { user: `user${attempt}`, password: 'x'.repeat(200) },
      })
      codes.add(answer.json().code)
    }
    assert.ok(codes.has('rate-limited'))
  }),
)

anExpert(
  'is told from others behind the proxy by what the proxy says, not by what the browser says',
  async () => {
    const door = await openPeoplesDoor(undefined, undefined, true)
    const guess = async (attempt: number, address: string) => {
      const answer = await door.app.inject({
        ...{ method: 'POST', url, payload: { user: `user${attempt}`, password: 'wrong' } },
        headers: { 'x-forwarded-for': `198.51.100.${attempt}, ${address}` },
      })
      return answer.json().code
    }
    const codes: string[] = []
    for (let attempt = 0; attempt < 22; attempt++) codes.push(await guess(attempt, '192.0.2.1'))
    assert.is(codes.at(-1), 'rate-limited', 'the header of each request names another address first')
    assert.is(await guess(0, '192.0.2.2'), 'not-signed-in')
    await door.close()
  },
)

anExpert.run()
