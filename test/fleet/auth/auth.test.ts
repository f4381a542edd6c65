import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Sessions, sessionLifeMs } from '../../../fleet/auth/sessions.ts'
import { Tokens } from '../../../fleet/auth/tokens.ts'
import { Users } from '../../../fleet/auth/users.ts'
import { openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { StoppedClock } from '../../support/fleet.ts'

const world = async () => {
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  const clock = new StoppedClock()
  return {
    database,
    clock,
    users: new Users(database, clock),
    sessions: new Sessions(database, clock),
    tokens: new Tokens(database, clock),
  }
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error) => error.code,
  )

const aPerson = suite('a person')

aPerson('signs in with the right password only', async () => {
  const { database, users } = await world()
  const user = await users.put('expert', 'a long password', 'expert')
  assert.equal(await users.check('expert', 'a long password'), user)
  assert.is(await codeOf(users.check('expert', 'another password')), 'not-signed-in')
  assert.is(await codeOf(users.check('nobody', 'a long password')), 'not-signed-in')
  assert.is(await codeOf(users.check('expert', 'x'.repeat(300))), 'not-signed-in')
  const { password } = await database.selectFrom('users').selectAll().executeTakeFirstOrThrow()
  assert.match(password, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  await database.destroy()
})

aPerson('keeps the id when the password changes', async () => {
  const { database, users } = await world()
  const before = await users.put('expert', 'a long password', 'expert')
  const after = await users.put('expert', 'a longer password', 'operator')
  assert.equal(after, { ...before, role: 'operator' })
  assert.is(await codeOf(users.check('expert', 'a long password')), 'not-signed-in')
  await database.destroy()
})

aPerson('needs a plain name and a password of some length', async () => {
  const { database, users, tokens } = await world()
  assert.is(await codeOf(users.put('<b>', 'a long password', 'expert')), 'invalid')
  assert.is(await codeOf(users.put('expert', 'short', 'expert')), 'invalid')
  assert.is(await codeOf(tokens.create('A B', 'admin')), 'invalid')
  await database.destroy()
})

aPerson('has to wait after many failed attempts, others do not', async () => {
  const { database, users, clock } = await world()
  await users.put('expert', 'a long password', 'expert')
  await users.put('operator', 'a long password', 'operator')
  for (let attempt = 0; attempt < 10; attempt++) {
    assert.is(await codeOf(users.check('expert', 'x'.repeat(201))), 'not-signed-in')
  }
  assert.is(await codeOf(users.check('expert', 'a long password')), 'rate-limited')
  assert.is((await users.check('operator', 'a long password')).role, 'operator')
  await clock.pass(15 * 60_000)
  assert.is((await users.check('expert', 'a long password')).role, 'expert')
  await database.destroy()
})

aPerson('is signed in until the session ends', async () => {
  const { database, users, sessions, clock } = await world()
  const user = await users.put('expert', 'a long password', 'expert')
  const one = await sessions.begin(user)
  assert.equal(await sessions.actor(one), {
    id: `user:${user.id}`,
    name: 'expert',
    role: 'expert',
    by: 'session',
  })
  const kept = JSON.stringify(await database.selectFrom('sessions').selectAll().execute())
  assert.not.match(kept, one)
  await clock.pass(sessionLifeMs)
  assert.is(await sessions.actor(one), undefined)
  const two = await sessions.begin(user)
  assert.is((await database.selectFrom('sessions').selectAll().execute()).length, 1, 'old ones are forgotten')
  await sessions.end(two)
  assert.is(await sessions.actor(two), undefined)
  await database.destroy()
})

const aProgram = suite('a program')

aProgram('is known by its token while that lives', async () => {
  const { database, tokens, clock } = await world()
  const token = await tokens.create('flows', 'admin', 1000)
  assert.equal(await tokens.actor(token), { id: 'program:flows', name: 'flows', role: 'admin', by: 'token' })
  assert.is(await tokens.actor(`${token}x`), undefined)
  const kept = JSON.stringify(await database.selectFrom('tokens').selectAll().execute())
  assert.not.match(kept, token)
  await clock.pass(1000)
  assert.is(await tokens.actor(token), undefined)
  const next = await tokens.create('flows', 'expert')
  await clock.pass(10 ** 12)
  assert.is((await tokens.actor(next))?.role, 'expert')
  await database.destroy()
})

aPerson.run()
aProgram.run()
