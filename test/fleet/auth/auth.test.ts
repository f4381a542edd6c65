import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAuth } from '../../../fleet/auth/auth.ts'
import { idleLifeMs, sessionLifeMs } from '../../../fleet/auth/sessions.ts'
import { openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { StoppedClock } from '../../support/fleet.ts'

const password = 'a long password'
const from = { address: '192.0.2.1', agent: 'a browser' }

const world = async () => {
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  const clock = new StoppedClock()
  return { database, clock, ...createAuth({ database, clock, key: Buffer.alloc(32, 7) }) }
}

const within = (act: (here: Awaited<ReturnType<typeof world>>) => Promise<void>) => async () => {
  const here = await world()
  try {
    await act(here)
  } finally {
    await here.database.destroy()
  }
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error) => error.code,
  )

const aPerson = suite('a person')

aPerson(
  'signs in with the right password only',
  within(async ({ database, users, signIn }) => {
    const user = await users.put('expert', password, 'expert')
    assert.equal((await signIn.password('expert', password, from)).user, user)
    assert.is(await codeOf(signIn.password('expert', 'another password', from)), 'not-signed-in')
    assert.is(await codeOf(signIn.password('nobody', password, from)), 'not-signed-in')
    assert.is(await codeOf(signIn.password('expert', 'x'.repeat(300), from)), 'not-signed-in')
    const row = await database.selectFrom('users').selectAll().executeTakeFirstOrThrow()
    assert.match(row.password, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    assert.ok((await users.get(user.id)).lastSignInAt)
  }),
)

aPerson(
  'keeps the id when the password changes, and the sessions of before end',
  within(async ({ users, sessions, signIn }) => {
    const before = await users.put('expert', password, 'expert')
    const { secret } = await signIn.password('expert', password, from)
    const after = await users.put('expert', 'a longer password', 'operator')
    assert.is(after.id, before.id)
    assert.is(after.role, 'operator')
    assert.is(await sessions.actor(secret), undefined)
    assert.is(await codeOf(signIn.password('expert', password, from)), 'not-signed-in')
  }),
)

aPerson(
  'needs a plain name that is free, and a password that is not among the first guesses',
  within(async ({ users, tokens }) => {
    const add = (name: string, secret: string) => users.add({ name, password: secret, role: 'expert' })
    assert.is(await codeOf(add('<b>', password)), 'invalid')
    for (const weak of ['short', 'nine char', 'x'.repeat(201), 'Qwertyuiop', 'ababababab', 'expert-expert']) {
      assert.is(await codeOf(add('expert', weak)), 'weak-password', weak)
    }
    await add('expert', password)
    assert.is(await codeOf(add('expert', password)), 'conflict')
    assert.is(await codeOf(tokens.create('A B', 'admin')), 'invalid')
    assert.is(await codeOf(users.get('nobody')), 'not-found')
  }),
)

aPerson(
  'who is disabled neither gets in nor stays in',
  within(async ({ users, sessions, signIn }) => {
    const user = await users.put('expert', password, 'expert')
    const { secret } = await signIn.password('expert', password, from)
    assert.is((await users.change(user.id, { disabled: true })).disabled, true)
    assert.is(await sessions.actor(secret), undefined)
    assert.is(await codeOf(signIn.password('expert', password, from)), 'not-signed-in')
    await users.change(user.id, { disabled: false })
    assert.is((await signIn.password('expert', password, from)).user.id, user.id)
  }),
)

aPerson(
  'is not let in by the password of before, while a new one is set',
  within(async ({ users, signIn, sessions }) => {
    const { id } = await users.put('expert', password, 'expert')
    const changing = users.setPassword(id, 'a longer password', { mustChange: true })
    assert.is(await codeOf(signIn.password('expert', password, from)), 'not-signed-in')
    await changing
    assert.equal(await sessions.list(id), [])
    assert.is((await signIn.password('expert', 'a longer password', from)).owes, 'password')
  }),
)

aPerson(
  'keeps both of two changes that come at once',
  within(async ({ users }) => {
    const { id } = await users.put('expert', password, 'expert')
    const changed = await Promise.all([
      users.change(id, { disabled: true }),
      users.change(id, { villages: ['Арча'] }),
      users.change(id, { role: 'operator' }),
    ])
    const { disabled, villages, role } = await users.get(id)
    assert.equal([disabled, villages, role], [true, ['Арча'], 'operator'])
    assert.equal(changed.at(-1), await users.get(id))
  }),
)

aPerson(
  'is the last admin of all villages and stays so',
  within(async ({ users }) => {
    const admin = await users.put('admin', password, 'admin')
    await users.add({ name: 'village-admin', password, role: 'admin', villages: ['Арча'] })
    assert.is(await codeOf(users.change(admin.id, { role: 'expert' })), 'conflict')
    assert.is(await codeOf(users.change(admin.id, { disabled: true })), 'conflict')
    assert.is(await codeOf(users.change(admin.id, { villages: ['Арча'] })), 'conflict')
    assert.is(await codeOf(users.remove(admin.id)), 'conflict')
    assert.is((await users.get(admin.id)).role, 'admin', 'nothing of it was kept')
    const other = await users.add({ name: 'second', password, role: 'admin' })
    await users.remove(admin.id)
    assert.is(await users.find(admin.id), undefined)
    assert.equal(
      (await users.list()).map(({ name }) => name),
      ['second', 'village-admin'],
    )
    assert.is((await users.get(other.id)).villages, null)
  }),
)

aPerson(
  'is signed in until the session ends, by time or by idleness',
  within(async ({ users, sessions, clock, database }) => {
    const user = await users.put('expert', password, 'expert')
    const one = await sessions.begin(user, { agent: 'a browser' })
    const actor = await sessions.actor(one)
    assert.equal(
      [actor?.id, actor?.name, actor?.role, actor?.by],
      [`user:${user.id}`, 'expert', 'expert', 'session'],
    )
    assert.is(actor?.villages, null)
    const kept = JSON.stringify(await database.selectFrom('sessions').selectAll().execute())
    assert.not.match(kept, one)
    for (let used = 0; used < sessionLifeMs; used += idleLifeMs / 2) {
      assert.ok(await sessions.actor(one), `in use after ${used} ms`)
      await clock.pass(idleLifeMs / 2)
    }
    assert.is(await sessions.actor(one), undefined, 'however much it is used')
    const two = await sessions.begin(user)
    assert.is((await sessions.list(user.id)).length, 1, 'old ones are forgotten')
    await clock.pass(idleLifeMs - 1)
    assert.ok(await sessions.actor(two, { counts: false }))
    await clock.pass(1)
    assert.is(await sessions.actor(two), undefined, 'a look keeps nothing alive')
    const three = await sessions.begin(user)
    await sessions.end(three)
    assert.is(await sessions.actor(three), undefined)
  }),
)

aPerson(
  'has no more than fifty sessions, the newest ones',
  within(async ({ users, sessions, clock }) => {
    const user = await users.put('expert', password, 'expert')
    const first = await sessions.begin(user)
    for (let more = 0; more < 50; more++) {
      await clock.pass(1)
      await sessions.begin(user)
    }
    assert.is((await sessions.list(user.id)).length, 50)
    assert.is(await sessions.actor(first), undefined)
  }),
)

aPerson(
  'is signed out by nobody who has the password and not the second factor',
  within(async ({ users, sessions, clock }) => {
    const user = await users.put('expert', password, 'expert')
    const own = await sessions.begin(user)
    const halves: string[] = []
    for (let more = 0; more < 51; more++) {
      await clock.pass(1)
      halves.push(await sessions.begin(user, { owes: 'code' }))
    }
    assert.ok(await sessions.actor(own))
    const left = await Promise.all(halves.map((half) => sessions.halfway(half)))
    assert.equal([left[0], left[1], left[50]], [undefined, user.id, user.id])
  }),
)

const aProgram = suite('a program')

aProgram(
  'is known by its token while that lives',
  within(async ({ database, tokens, clock }) => {
    const token = await tokens.create('flows', 'admin', 1000)
    assert.equal(await tokens.actor(token), {
      id: 'program:flows',
      name: 'flows',
      role: 'admin',
      by: 'token',
      villages: null,
      scopes: null,
    })
    assert.is(await tokens.actor(`${token}x`), undefined)
    const kept = JSON.stringify(await database.selectFrom('tokens').selectAll().execute())
    assert.not.match(kept, token)
    await clock.pass(1000)
    assert.is(await tokens.actor(token), undefined)
    const next = await tokens.create('flows', 'expert')
    await clock.pass(10 ** 12)
    assert.is((await tokens.actor(next))?.role, 'expert')
  }),
)

aProgram(
  'has what it was given, and its use is noted',
  within(async ({ tokens, clock }) => {
    const token = await tokens.add({
      name: 'flows',
      role: 'operator',
      scopes: ['terminals.read', 'terminals.read'],
      villages: ['Арча'],
      createdBy: 'user:1',
    })
    const actor = await tokens.actor(token)
    assert.equal([actor?.scopes, actor?.villages], [['terminals.read'], ['Арча']])
    const listed = (await tokens.list())[0]
    assert.equal([listed?.createdBy, listed?.lastUsedAt], ['user:1', clock.now()])
    assert.is(await codeOf(tokens.add({ name: 'flows', role: 'expert' })), 'conflict')
    await tokens.revoke('flows')
    assert.is(await tokens.actor(token), undefined, 'at once')
    const next = await tokens.add({ name: 'flows', role: 'expert', lifeMs: 1000 })
    await clock.pass(1000)
    assert.ok(await tokens.add({ name: 'flows', role: 'expert' }), 'one that is over leaves its name')
    assert.is(await tokens.actor(next), undefined)
  }),
)

aPerson.run()
aProgram.run()
