import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeAt } from '../../support/authenticator-app.ts'
import { password, Visitor } from '../../support/people.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'
import { SoftwarePasskey } from '../../support/software-passkey.ts'

type Door = Awaited<ReturnType<typeof openPeoplesDoor>>

const withExpert = (act: (door: Door, visitor: Visitor, user: string) => Promise<void>) => async () => {
  const door = await openPeoplesDoor()
  try {
    const { id } = await door.users.put('expert', password, 'expert')
    const visitor = new Visitor(door)
    await visitor.signIn('expert')
    await act(door, visitor, id)
  } finally {
    await door.close()
  }
}

const minute = 60_000

/** Sets up an authenticator app; its secret and the recovery codes. */
const withApp = async (door: Door, visitor: Visitor) => {
  const { secret, uri, qr } = (await visitor.ask('POST', '/account/totp')).json()
  const confirmed = await visitor.ask('PUT', '/account/totp', { code: codeAt(secret, door.clock.now()) })
  assert.is(confirmed.statusCode, 200)
  return { secret, uri, qr, codes: confirmed.json().recoveryCodes as string[] }
}

const anApp = suite('an authenticator app')

anApp(
  'is told its secret once, which lies sealed in the store',
  withExpert(async (door, visitor, user) => {
    const { secret, uri, qr, codes } = await withApp(door, visitor)
    assert.match(
      uri,
      `otpauth://totp/Avyl:expert?issuer=Avyl&secret=${secret}&algorithm=SHA1&digits=6&period=30`,
    )
    assert.match(qr, /^<svg/)
    assert.is(codes.length, 10)
    const kept = JSON.stringify([
      await door.database.selectFrom('totps').selectAll().execute(),
      await door.database.selectFrom('recovery_codes').selectAll().execute(),
    ])
    assert.not.match(kept, secret)
    assert.not.match(kept, codes[0] ?? '')
    const row = await door.database.selectFrom('totps').selectAll().executeTakeFirstOrThrow()
    const other = await door.users.put('other', password, 'expert')
    await door.database
      .insertInto('totps')
      .values({ ...row, user: other.id, last_step: 0 })
      .execute()
    const moved = await door.auth.factors.totps.check(other.id, '000000').catch((error: Error) => error.name)
    assert.is(moved, 'SealError', 'a secret opens for its person only')
    assert.is(await visitor.code('POST', '/account/totp'), 'conflict')
    assert.is((await visitor.ask('GET', '/account')).json().totp, true)
    assert.ok(user)
  }),
)

anApp(
  'is asked at the sign-in; no code is taken twice, and a clock may be a step off',
  withExpert(async (door, first) => {
    const { secret } = await withApp(door, first)
    const { clock } = door
    const tries = async (code: string) => {
      const visitor = new Visitor(door)
      const half = await visitor.signIn('expert')
      assert.is(half.statusCode, 202)
      assert.equal(half.json(), { needs: 'second-factor', factors: ['totp', 'recovery-code'] })
      assert.is(await visitor.code('GET', '/session'), 'not-signed-in', 'halfway is not in')
      const before = visitor.cookie
      const answer = await visitor.code('POST', '/session/second-factor', { code })
      if (answer === '200') assert.is.not(visitor.cookie, before, 'a new secret')
      return answer
    }
    assert.is(await tries(codeAt(secret, clock.now())), 'wrong-secret', 'used when it was set up')
    const next = codeAt(secret, clock.now() + 30_000)
    assert.is(await tries(`${next.slice(0, 3)} ${next.slice(3)}`), '200')
    assert.is(await tries(next), 'wrong-secret')
    assert.is(await tries(codeAt(secret, clock.now() + 90_000)), 'wrong-secret', 'two steps off')
    await clock.pass(5 * minute)
    assert.is(await tries(codeAt(secret, clock.now() - 30_000)), '200')
    assert.is(await tries(codeAt(secret, clock.now())), '200')
    assert.is(
      await tries(codeAt(secret, clock.now() - 30_000)),
      'wrong-secret',
      'older than the newest taken',
    )
  }),
)

anApp(
  'cannot be guessed by whoever has the password, nor answered late',
  withExpert(async (door, first) => {
    await withApp(door, first)
    const codes: string[] = []
    for (let attempt = 0; attempt < 7; attempt++) {
      const visitor = new Visitor(door)
      const half = await visitor.signIn('expert')
      if (half.statusCode === 202)
        codes.push(await visitor.code('POST', '/session/second-factor', { code: '000000' }))
      else codes.push(half.json().code)
    }
    assert.equal([...new Set(codes)], ['wrong-secret', 'rate-limited'])
    await door.clock.pass(15 * minute)
    const late = new Visitor(door)
    await late.signIn('expert')
    await door.clock.pass(5 * minute)
    assert.is(await late.code('POST', '/session/second-factor', { code: '000000' }), 'not-signed-in')
    assert.is(await new Visitor(door).code('POST', '/session/second-factor', { code: 'x' }), 'not-signed-in')
  }),
)

anApp(
  'that is lost is stood in for by recovery codes, each once, until new ones are made',
  withExpert(async (door, first) => {
    const { codes } = await withApp(door, first)
    const enter = async (code: string) => {
      const visitor = new Visitor(door)
      await visitor.signIn('expert')
      return visitor.code('POST', '/session/second-factor', { code })
    }
    const [one = '', two = ''] = codes
    assert.is(await enter(one), '200')
    assert.is(await enter(one), 'wrong-secret')
    assert.is(await enter(two.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o')), '200')
    assert.is((await first.ask('GET', '/account')).json().recoveryCodes, 8)
    const renewed = (await first.ask('POST', '/account/recovery-codes')).json().recoveryCodes
    assert.is(await enter(codes[2] ?? ''), 'wrong-secret')
    assert.is(await enter(renewed[2]), '200')
    assert.is(await first.code('DELETE', '/account/totp'), '204')
    assert.is((await first.ask('GET', '/account')).json().recoveryCodes, 0)
    assert.is(await first.code('POST', '/account/recovery-codes'), 'conflict')
    assert.is((await new Visitor(door).signIn('expert')).statusCode, 200)
  }),
)

anApp.run()

const aPasskey = suite('a passkey')

/** Adds a passkey; what the fleet said. */
const add = async (visitor: Visitor, key: SoftwarePasskey) => {
  const options = (await visitor.ask('POST', '/account/passkeys/options')).json()
  return visitor.code('POST', '/account/passkeys', { name: 'notebook', answer: key.create(options) })
}

const enter = async (door: Door, key: SoftwarePasskey) => {
  const visitor = new Visitor(door)
  const question = (await visitor.ask('POST', '/session/passkey/options')).json()
  assert.equal(question.allowCredentials ?? [], [], 'nobody has to say who they are')
  return visitor.code('POST', '/session/passkey', key.get(question))
}

aPasskey(
  'signs its person in, whatever waits on the name',
  withExpert(async (door, visitor, user) => {
    const key = new SoftwarePasskey('http://localhost:8080')
    const before = visitor.cookie
    assert.is(await add(visitor, key), '200')
    assert.is.not(visitor.cookie, before, 'the session is worth more and has a new secret')
    assert.is(await add(visitor, key), 'conflict', 'the same one twice')
    const guesser = { name: 'expert', address: '127.0.0.1' }
    for (let attempt = 0; attempt < 8; attempt++) await door.auth.lockOut.failed(guesser)
    assert.is(await enter(door, key), '200')
    assert.is((await new Visitor(door).signIn('expert')).json().factors[0], 'passkey')
    await door.users.change(user, { disabled: true })
    assert.is(await enter(door, key), 'wrong-secret')
  }),
)

aPasskey(
  'is refused from another page, without a finger, with a counter that went back, or for an old question',
  withExpert(async (door, visitor) => {
    const key = new SoftwarePasskey('http://localhost:8080')
    await add(visitor, key)
    key.origin = 'http://localhost.evil.test:8080'
    assert.is(await enter(door, key), 'wrong-secret')
    key.origin = 'http://localhost:8080'
    key.verified = false
    assert.is(await enter(door, key), 'wrong-secret')
    key.verified = true
    assert.is(await enter(door, key), '200')
    key.counter = 0
    assert.is(await enter(door, key), 'wrong-secret', 'a copy of it')
    key.counter = 10
    const stranger = new Visitor(door)
    const question = (await stranger.ask('POST', '/session/passkey/options')).json()
    const answer = key.get(question)
    assert.is(await stranger.code('POST', '/session/passkey', answer), '200')
    assert.is(
      await stranger.code('POST', '/session/passkey', answer),
      'wrong-secret',
      'a question is good once',
    )
    const late = (await stranger.ask('POST', '/session/passkey/options')).json()
    await door.clock.pass(5 * minute)
    assert.is(await stranger.code('POST', '/session/passkey', key.get(late)), 'wrong-secret')
    assert.is(
      await enter(door, new SoftwarePasskey('http://localhost:8080')),
      'wrong-secret',
      'nobody knows it',
    )
    const garbage = { id: 'x', rawId: 'x', type: 'public-key', response: { clientDataJSON: 1 } }
    assert.is(await stranger.code('POST', '/session/passkey', garbage), 'wrong-secret')
  }),
)

aPasskey(
  'is bound to the person who began to add it, and goes when it is removed',
  withExpert(async (door, visitor) => {
    await door.users.put('other', password, 'expert')
    const other = new Visitor(door)
    await other.signIn('other')
    const key = new SoftwarePasskey('http://localhost:8080')
    const options = (await visitor.ask('POST', '/account/passkeys/options')).json()
    assert.equal(options.authenticatorSelection.userVerification, 'required')
    const answer = { name: 'notebook', answer: key.create(options) }
    assert.is(await other.code('POST', '/account/passkeys', answer), 'wrong-secret')
    assert.is(await add(visitor, key), '200')
    const [known] = (await visitor.ask('GET', '/account')).json().passkeys
    assert.is(known.name, 'notebook')
    await other.ask('DELETE', `/account/passkeys/${known.id}`)
    assert.is(await enter(door, key), '200', 'others cannot remove it')
    assert.is(await visitor.code('DELETE', `/account/passkeys/${known.id}`), '204')
    assert.is(await enter(door, key), 'wrong-secret')
    assert.is((await new Visitor(door).signIn('expert')).statusCode, 200)
  }),
)

aPasskey(
  'needs a host that the fleet itself knows',
  withExpert(async (door) => {
    const url = '/api/v1/session/passkey/options'
    const elsewhere = await door.app.inject({ method: 'POST', url, headers: { host: 'evil.test' } })
    assert.is(elsewhere.json().code, 'not-ready')
  }),
)

aPasskey.run()
