import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeAt } from '../../support/authenticator-app.ts'
import { password, Visitor } from '../../support/people.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

type Door = Awaited<ReturnType<typeof openPeoplesDoor>>

const within = (act: (door: Door, admin: Visitor) => Promise<void>) => async () => {
  const door = await openPeoplesDoor()
  try {
    await door.users.put('admin', password, 'admin')
    const admin = new Visitor(door)
    await admin.signIn('admin')
    await act(door, admin)
  } finally {
    await door.close()
  }
}

const minute = 60_000

const anAdmin = suite('an admin')

anAdmin(
  'adds people, changes them, and they sign in anew',
  within(async (door, admin) => {
    const added = await admin.ask('POST', '/users', { name: 'aigul', role: 'expert', villages: ['Арча'] })
    assert.is(added.statusCode, 201)
    const { id, password: given, mustChangePassword } = added.json()
    assert.is(mustChangePassword, true)
    assert.is(await admin.code('POST', '/users', { name: 'aigul', role: 'expert' }), 'conflict')
    assert.is(await admin.code('POST', '/users', { name: 'marat', role: 'king' }), 'invalid')
    assert.is(
      await admin.code('POST', '/users', { name: 'marat', role: 'expert', password: 'short' }),
      'weak-password',
    )

    const aigul = new Visitor(door)
    assert.equal((await aigul.signIn('aigul', given)).json(), {
      user: 'aigul',
      role: 'expert',
      villages: ['Арча'],
      owes: 'password',
    })
    assert.is(await aigul.code('GET', '/terminals'), 'password-outdated')
    const change = { current: given, next: 'seven green apples' }
    assert.is(await aigul.code('PUT', '/account/password', { ...change, current: 'wrong' }), 'wrong-secret')
    assert.is(await aigul.code('PUT', '/account/password', { ...change, next: given }), 'weak-password')
    assert.is(await aigul.code('PUT', '/account/password', change), '204')
    assert.is(await aigul.code('GET', '/terminals'), '200')

    assert.is((await admin.ask('GET', `/users/${id}`)).json().mustChangePassword, false)
    assert.is((await admin.ask('GET', '/users')).json().length, 2)
    assert.is((await admin.ask('PATCH', `/users/${id}`, { role: 'technician' })).json().role, 'technician')
    assert.is(await aigul.code('GET', '/session'), 'not-signed-in', 'a new role is a new session')
    await aigul.signIn('aigul', 'seven green apples')
    await admin.ask('PATCH', `/users/${id}`, { villages: ['Elsewhere'] })
    assert.equal((await aigul.ask('GET', '/terminals')).json(), [], 'at once')
    await admin.ask('DELETE', `/users/${id}/sessions`)
    assert.is(await aigul.code('GET', '/session'), 'not-signed-in')
    assert.is(await admin.code('PUT', `/users/${id}/password`, { password: 'three yellow pears' }), '200')
    assert.is((await aigul.signIn('aigul', 'three yellow pears')).json().owes, 'password')
    assert.is(await admin.code('DELETE', `/users/${id}`), '204')
    assert.is(await aigul.code('GET', '/session'), 'not-signed-in')
    assert.is(await admin.code('GET', `/users/${id}`), 'not-found')
    const [own] = (await admin.ask('GET', '/users')).json()
    assert.is(await admin.code('DELETE', `/users/${own.id}`), 'conflict', 'somebody has to be left')
  }),
)

anAdmin(
  'of one village gives and takes over no more than that',
  within(async (door, admin) => {
    const post = (visitor: Visitor, name: string, villages: string[] | null, role = 'expert') =>
      visitor.code('POST', '/users', { name, role, villages, password })
    await post(admin, 'wide', null)
    await post(admin, 'there', ['Арча'])
    await door.users.add({ name: 'small', password, role: 'admin', villages: ['Арча'] })
    const small = new Visitor(door)
    await small.signIn('small')
    assert.is(await post(small, 'one', null), 'not-allowed')
    assert.is(await post(small, 'one', ['Арча', 'Elsewhere']), 'not-allowed')
    assert.is(await post(small, 'one', ['Арча'], 'operator'), '201')
    const names = (await small.ask('GET', '/users')).json().map(({ name }: { name: string }) => name)
    assert.equal(names, ['one', 'small', 'there'])
    const all: { id: string; name: string }[] = (await admin.ask('GET', '/users')).json()
    const idOf = (name: string) => all.find((user) => user.name === name)?.id
    assert.is(await small.code('PUT', `/users/${idOf('wide')}/password`, {}), 'not-found')
    assert.is(await small.code('PATCH', `/users/${idOf('there')}`, { villages: null }), 'not-allowed')
    assert.is(await small.code('PATCH', `/users/${idOf('there')}`, { disabled: true }), '200')
    const token = { name: 'flows', role: 'expert' }
    assert.is(await small.code('POST', '/tokens', token), 'not-allowed')
    assert.is(await small.code('POST', '/tokens', { ...token, villages: ['Арча'] }), '201')
    assert.is((await small.ask('GET', '/tokens')).json().length, 1)
    assert.is(await small.code('DELETE', '/tokens/test'), 'not-found')
    assert.is(await small.code('PATCH', '/roles/expert', { secondFactor: true }), 'not-allowed')
  }),
)

anAdmin(
  'whose program has few scopes gets no more by it than they are',
  within(async (door) => {
    const scopes = ['people.write', 'people.read', 'terminals.read'] as const
    const secret = await door.auth.tokens.put({ name: 'hr', role: 'admin', scopes })
    const headers = { authorization: `Bearer ${secret}` }
    const make = async (payload: object) =>
      (await door.app.inject({ method: 'POST', url: '/api/v1/tokens', headers, payload })).statusCode
    assert.is(await make({ name: 'more', role: 'admin' }), 403)
    assert.is(await make({ name: 'more', role: 'admin', scopes: ['signing.write'] }), 403)
    assert.is(await make({ name: 'less', role: 'admin', scopes: ['terminals.read'] }), 201)
    const payload = { name: 'king', role: 'admin', password }
    const user = await door.app.inject({ method: 'POST', url: '/api/v1/users', headers, payload })
    assert.is(user.statusCode, 403)
  }),
)

anAdmin(
  'asks a role for a second factor, and helps who lost theirs',
  within(async (door, admin) => {
    const { id } = await door.users.put('expert', password, 'expert')
    const changed = await admin.ask('PATCH', '/roles/expert', { secondFactor: true })
    const [expert] = changed.json()
    assert.equal([expert.role, expert.secondFactor], ['expert', true])
    const visitor = new Visitor(door)
    assert.is((await visitor.signIn('expert')).json().owes, 'second-factor')
    assert.is(await visitor.code('GET', '/terminals'), 'second-factor-missing')
    const { secret } = (await visitor.ask('POST', '/account/totp')).json()
    assert.is(await visitor.code('PUT', '/account/totp', { code: '000000' }), 'wrong-secret')
    await visitor.ask('PUT', '/account/totp', { code: codeAt(secret, door.clock.now()) })
    assert.is(await visitor.code('GET', '/terminals'), '200')
    assert.is(await visitor.code('DELETE', '/account/totp'), 'conflict', 'the last one stays')
    assert.is(await admin.code('DELETE', `/users/${id}/second-factors`), '204')
    assert.is(await visitor.code('GET', '/session'), 'not-signed-in')
    assert.is((await visitor.signIn('expert')).json().owes, 'second-factor')
    assert.is((await admin.ask('GET', '/roles')).json().length, 5)
  }),
)

anAdmin.run()

const aPerson = suite('a person')

aPerson(
  'proves anew who sits there before the account changes, and gets a new secret for it',
  within(async (door, admin) => {
    await door.clock.pass(11 * minute)
    assert.is(await admin.code('POST', '/account/totp'), 'confirm-needed')
    assert.is(await admin.code('POST', '/account/confirm', { password: 'wrong' }), 'wrong-secret')
    const before = admin.cookie
    assert.is(await admin.code('POST', '/account/confirm', { password }), '204')
    assert.is.not(admin.cookie, before)
    assert.is(await admin.code('POST', '/account/totp'), '200')
    const old = new Visitor(door)
    old.cookie = before
    assert.is(await old.code('GET', '/session'), 'not-signed-in')
    for (let attempt = 0; attempt < 6; attempt++)
      await admin.ask('POST', '/account/confirm', { password: 'wrong' })
    const waits = await admin.ask('POST', '/account/confirm', { password })
    assert.is(waits.json().code, 'rate-limited')
    assert.is(waits.headers['retry-after'], '15')
  }),
)

aPerson(
  'sees the own sessions and ends them; another password ends the others',
  within(async (door, admin) => {
    const visitors = [new Visitor(door), new Visitor(door), new Visitor(door)] as const
    for (const visitor of visitors) await visitor.signIn('admin')
    const own: { id: string; own: boolean; agent: string }[] = (await admin.ask('GET', '/account')).json()
      .sessions
    assert.is(own.length, 4)
    assert.is(own.filter((session) => session.own).length, 1)
    assert.is(own[0]?.agent, 'a browser')
    const [first, second, third] = visitors
    const mine = (await first.ask('GET', '/account')).json().sessions.find((one: { own: boolean }) => one.own)
    assert.is(await admin.code('DELETE', `/account/sessions/${mine.id}`), '204')
    assert.is(await first.code('GET', '/session'), 'not-signed-in')
    const change = { current: password, next: 'seven green apples' }
    await second.ask('PUT', '/account/password', change)
    assert.is(await second.code('GET', '/session'), '200')
    assert.is(await admin.code('GET', '/session'), 'not-signed-in')
    await third.signIn('admin', 'seven green apples')
    assert.is(await third.code('DELETE', '/account/sessions'), '204')
    assert.is(await second.code('GET', '/session'), 'not-signed-in')
    assert.is(await third.code('GET', '/session'), '200')
    const last = (await third.ask('GET', '/account')).json().sessions[0]
    assert.is(await third.code('DELETE', `/account/sessions/${last.id}`), '204')
    assert.is(third.cookie, '')
  }),
)

aPerson(
  'of one village neither prints nor composes what is foreign, but what is one’s own',
  within(async (door) => {
    await door.users.add({ name: 'expert', password, role: 'expert', villages: ['Elsewhere'] })
    await door.terminals.register('t2', 'Elsewhere')
    const foreign = door.shelf.put(Buffer.from('a page'), { terminal: 't1' }).id
    const old = door.shelf.put(Buffer.from('a document')).id
    const here = door.shelf.put(Buffer.from('a page'), { terminal: 't2' }).id
    const visitor = new Visitor(door)
    await visitor.signIn('expert')
    const print = (document: string) =>
      visitor.code('POST', '/terminals/t2/commands', { name: 'printer.print', input: { document } })
    assert.is(await print(foreign), 'not-found')
    assert.is(await print(old), 'not-found')
    assert.is(await print(here), '202')
    const compose = (artefact: string) =>
      visitor.ask('POST', '/documents/from-pages', { pages: [{ artefact }] })
    assert.is((await compose(foreign)).statusCode, 404)
    const made = await compose(here)
    assert.is(made.statusCode, 201)
    assert.is(await print(made.json().id), '202')
    const command = await door.commands.request({
      ...{ terminal: 't1', name: 'printer.describe', input: {}, actor: 'user:somebody' },
    })
    assert.equal((await visitor.ask('GET', `/artefacts?command=${command.id}`)).json(), [])
    const byCommand = door.shelf.put(Buffer.from('a page'), { command: command.id }).id
    assert.is(await visitor.code('GET', `/artefacts/${byCommand}`), 'not-found')
  }),
)

aPerson.run()
