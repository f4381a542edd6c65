import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ActorSession } from '../../../fleet/auth/actor.ts'
import { createAuth } from '../../../fleet/auth/auth.ts'
import { LockOut } from '../../../fleet/auth/lock-out.ts'
import { ProblemError } from '../../../fleet/problem.ts'
import { openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { codeAt } from '../../support/authenticator-app.ts'
import { StoppedClock } from '../../support/fleet.ts'

const password = 'a long password'

const world = async () => {
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  const clock = new StoppedClock()
  return { database, clock, ...createAuth({ database, clock, key: Buffer.alloc(32, 7) }) }
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error) => error.code,
  )

const from = (address: string) => ({ address, agent: '' })

const guessing = suite('guessing')

guessing('a password makes the name wait where it is guessed, known or not, longer and longer', async () => {
  const { database, users, signIn, clock, lockOut } = await world()
  await users.put('expert', password, 'expert')
  await users.put('operator', password, 'operator')
  const guesser = { name: 'expert', address: '192.0.2.1' }
  for (const [name, address] of [
    ['expert', '192.0.2.1'],
    ['nobody', '192.0.2.2'],
  ] as const) {
    for (let attempt = 0; attempt < 6; attempt++) {
      assert.is(await codeOf(signIn.password(name, 'wrong', from(address))), 'not-signed-in')
    }
    assert.is(await codeOf(signIn.password(name, password, from(address))), 'rate-limited', name)
  }
  assert.is(await codeOf(signIn.password('nobody', password, from('198.51.100.1'))), 'not-signed-in')
  const waits: number[] = []
  for (let more = 0; more < 9; more++) {
    const refusal = await lockOut.check(guesser).catch((error: unknown) => error)
    assert.instance(refusal, ProblemError)
    const { retryAfterMs = 0 } = refusal as ProblemError
    waits.push(retryAfterMs / 1000)
    await clock.pass(retryAfterMs)
    await lockOut.failed(guesser)
  }
  assert.equal(waits, [15, 30, 60, 120, 240, 480, 900, 900, 900])
  assert.is((await signIn.password('operator', password, from('198.51.100.1'))).user.role, 'operator')
  assert.is((await signIn.password('expert', password, from('198.51.100.1'))).user.role, 'expert')
  await lockOut.check(guesser)
  await database.destroy()
})

guessing('for days from one network keeps nobody out elsewhere', async () => {
  const { database, clock, lockOut } = await world()
  const guesser = { name: 'expert', address: '192.0.2.1' }
  for (let attempt = 0; attempt < 300; attempt++) {
    await lockOut.failed(guesser)
    await clock.pass(15 * 60_000)
  }
  await lockOut.failed(guesser)
  assert.is(await codeOf(lockOut.check(guesser)), 'rate-limited')
  assert.is(await codeOf(lockOut.check({ name: 'expert', address: '198.51.100.1' })), 'none')
  await database.destroy()
})

guessing('a password over many networks makes the name wait everywhere', async () => {
  const { database, lockOut } = await world()
  const owner = { name: 'expert', address: '198.51.100.1' }
  for (let attempt = 0; attempt < 100; attempt++) {
    await lockOut.failed({ name: 'expert', address: `192.0.2.${attempt % 20}` })
  }
  assert.is(await codeOf(lockOut.check(owner)), 'none')
  await lockOut.failed({ name: 'expert', address: '203.0.113.1' })
  assert.is(await codeOf(lockOut.check(owner)), 'rate-limited')
  await lockOut.forgive('expert')
  assert.is(await codeOf(lockOut.check(owner)), 'none')
  await database.destroy()
})

guessing('codes makes the name wait for codes, from wherever they come, and not for passwords', async () => {
  const { database, users, factors, signIn, clock } = await world()
  const user = await users.put('expert', password, 'expert')
  const { secret } = await factors.totps.begin(user)
  await factors.totps.confirm(user.id, codeAt(secret, clock.now()))
  const codes: string[] = []
  for (let attempt = 0; attempt < 7; attempt++) {
    const halfway = await signIn.password('expert', password, from(`192.0.2.${attempt}`))
    codes.push(await codeOf(signIn.code(halfway.secret, 'wrong', from(`192.0.2.${attempt}`))))
  }
  assert.equal(codes, [...Array.from({ length: 6 }, () => 'wrong-secret'), 'rate-limited'])
  await database.destroy()
})

guessing('the password of a session makes that session wait alone', async () => {
  const { database, users, sessions, account, signIn, lockOut } = await world()
  const user = await users.put('expert', password, 'expert')
  const open = async () => (await sessions.actor(await sessions.begin(user)))?.session as ActorSession
  const [stolen, own] = [await open(), await open()]
  const codes = await Promise.all(Array.from({ length: 12 }, () => codeOf(account.confirm(stolen, 'wrong'))))
  assert.is(codes.filter((code) => code === 'wrong-secret').length, 6)
  assert.is(await codeOf(account.confirm(stolen, password)), 'rate-limited')
  for (let attempt = 0; attempt < 200; attempt++) {
    await lockOut.failed({ name: 'expert', address: `192.0.2.${attempt}` })
  }
  assert.is(await codeOf(signIn.password('expert', password, from('198.51.100.1'))), 'rate-limited')
  assert.is(await codeOf(account.confirm(own, password)), 'none', 'whatever strangers guess')
  await database.destroy()
})

guessing('many names makes the address wait, and the whole network of an IPv6 address', async () => {
  const { database, users, signIn, clock } = await world()
  await users.put('expert', password, 'expert')
  for (const [one, other, far] of [
    ['192.0.2.1', '192.0.2.1', '192.0.2.2'],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:db8:1:3::1'],
    ['2001:db8::1', '2001:db8::ffff:0:0:9', '2001:db8:0:1::1'],
  ] as const) {
    for (let attempt = 0; attempt < 21; attempt++) {
      await codeOf(signIn.password(`name${attempt}`, 'wrong', from(one)))
    }
    assert.is(await codeOf(signIn.password('expert', password, from(other))), 'rate-limited')
    assert.is(await codeOf(signIn.password('expert', password, from(far))), 'none')
  }
  await clock.pass(24 * 3_600_000)
  await codeOf(signIn.password('expert', 'wrong', from('192.0.2.1')))
  const rows = await database.selectFrom('sign_in_failures').selectAll().execute()
  assert.is(rows.length, 3, 'what is a day old is forgotten')
  assert.not.match(JSON.stringify(rows), /expert|192/, 'neither names nor addresses are kept')
  await database.destroy()
})

guessing('in a flood gets no more tries than in a trickle', async () => {
  const { database, users, signIn } = await world()
  await users.put('expert', password, 'expert')
  const codes = await Promise.all(
    Array.from({ length: 12 }, () => codeOf(signIn.password('expert', 'wrong', from('192.0.2.1')))),
  )
  assert.is(codes.filter((code) => code === 'not-signed-in').length, 6)
  assert.is(codes.filter((code) => code === 'rate-limited').length, 6)
  await database.destroy()
})

guessing('is not forgiven by a restart, but by whoever looks after people', async () => {
  const { database, clock, lockOut } = await world()
  const guesser = { name: 'expert', address: '192.0.2.1' }
  for (let attempt = 0; attempt < 6; attempt++) {
    await lockOut.failed(guesser)
    await lockOut.failed({ codeOf: 'expert' })
  }
  const after = new LockOut(database, clock)
  assert.is(await codeOf(after.check(guesser)), 'rate-limited')
  assert.is(await codeOf(after.check({ codeOf: 'expert' })), 'rate-limited')
  await after.forgive('expert')
  assert.is(await codeOf(after.check(guesser)), 'none')
  assert.is(await codeOf(after.check({ codeOf: 'expert' })), 'none')
  await database.destroy()
})

guessing.run()
