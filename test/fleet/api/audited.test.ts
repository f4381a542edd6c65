import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AuditEntry } from '../../../fleet/api/audit-schemas.ts'
import { password, Visitor } from '../../support/people.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

type Door = Awaited<ReturnType<typeof openPeoplesDoor>>

/** What the audit has written since it was asked last, in short. */
const reader = ({ audit }: Door) => {
  let after = 0
  return async () => {
    const entries = await audit.list({ from: 0, until: Infinity, after, limit: 1000 })
    after = entries.at(-1)?.number ?? after
    return entries
  }
}
const short = ({ actor, by, action, subject = '-', outcome }: AuditEntry) =>
  [actor, by, action, subject, outcome].join(' ')

const acts = suite('an act at the door')
let door: Door
let address = ''
let news: () => Promise<AuditEntry[]>
const ask = (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object, headers = door.bearer) =>
  door.app.inject({ method, url: `/api/v1${url}`, headers, ...(payload && { payload }) })

acts.before(async () => {
  door = await openPeoplesDoor()
  address = await door.app.listen({ host: '127.0.0.1', port: 0 })
  news = reader(door)
})
acts.before.each(async () => void (await news()))
acts.after(() => door.close())

acts('stands in the audit before it begins and before it is answered', async () => {
  const seen: string[] = []
  const leave = door.commands.live.watch(async () => seen.push(...(await news()).map(short)))
  const { id } = (await ask('POST', '/terminals/t1/commands', { name: 'printer.describe', input: {} })).json()
  leave()
  assert.equal(seen, ['program:test token requestCommand t1 begun'])
  const [over] = await news()
  assert.is(over && short(over), 'program:test token requestCommand t1 done')
  assert.equal([over?.began, over?.about], [(over?.number ?? 0) - 1, `printer.describe ${id}`])
})

acts('that is refused before it begins has one entry', async () => {
  const { auth } = door
  const reader = { authorization: `Bearer ${await auth.tokens.create('reader', 'auditor')}` }
  await ask('POST', '/terminals/t1/revoke', {}, reader)
  await ask('POST', '/terminals/t9/commands', { name: 'printer.describe' })
  await ask('DELETE', '/tokens/some', undefined, { authorization: 'Bearer wrong' })
  assert.equal((await news()).map(short), [
    'program:reader token revokeTerminal t1 not-allowed',
    'program:test token requestCommand t9 invalid',
    'nobody nobody revokeToken - not-signed-in',
  ])
})

acts('that makes something names what it made, and no secret', async () => {
  const made = (await ask('POST', '/users', { name: 'anna', role: 'expert' })).json()
  const token = (await ask('POST', '/tokens', { name: 'flow', role: 'expert' })).json()
  const entries = await news()
  assert.equal(
    entries.filter(({ outcome }) => outcome === 'done').map(({ subject }) => subject),
    [made.id, 'flow'],
  )
  for (const secret of [made.password, token.token, 'anna']) {
    assert.not.match(JSON.stringify(entries), String(secret))
  }
})

acts('of signing in names who it was, also when it fails, and nothing that was typed', async () => {
  const { id } = await door.users.add({ name: 'olga', password, role: 'expert' })
  const visitor = new Visitor(door)
  await visitor.signIn('olga', 'a wrong password')
  await visitor.signIn('nobody-known', 'a wrong password')
  await visitor.signIn('olga')
  await visitor.ask('DELETE', '/session')
  assert.equal((await news()).map(short), [
    'nobody nobody signIn - begun',
    `nobody nobody signIn ${id} not-signed-in`,
    'nobody nobody signIn - begun',
    'nobody nobody signIn - not-signed-in',
    'nobody nobody signIn - begun',
    `user:${id} nobody signIn ${id} done`,
    `user:${id} session signOut - begun`,
    `user:${id} session signOut - done`,
  ])
})

acts('of reading what is personal is written, of reading the rest not', async () => {
  const { id } = door.shelf.put(Buffer.from('a page'), { terminal: 't1' })
  for (const path of ['/terminals', '/terminals/t1', '/roles', '/audit/head']) await ask('GET', path)
  assert.equal(await news(), [])
  assert.is((await ask('GET', `/artefacts/${id}`)).statusCode, 200)
  await ask('GET', '/users')
  await ask('GET', '/audit')
  assert.equal(
    (await news())
      .filter(({ outcome }) => outcome === 'done')
      .map(({ action, subject }) => [action, subject]),
    [
      ['artefact', id],
      ['users', undefined],
      ['audit', undefined],
    ],
  )
})

for (const [what, end] of [
  ['the stream does', (id: string, answer: IncomingMessage) => door.commands.cancel(id).then(() => answer)],
  ['its reader leaves', async (_id: string, answer: IncomingMessage) => answer.destroy()],
] as const) {
  acts(`of following a scan ends in the audit when ${what}`, async () => {
    const wish = { terminal: 't1', name: 'printer.describe', input: {}, actor: 'user:1' }
    const { id } = await door.commands.request(wish)
    const url = `${address}/api/v1/commands/${id}/events`
    const answer = await new Promise<IncomingMessage>((resolve) => {
      get(url, { headers: door.bearer }, resolve)
    })
    assert.equal(
      (await news()).map(({ outcome }) => outcome),
      ['begun'],
    )
    const closed = once(answer.resume(), 'close')
    await end(id, answer)
    await closed
    let told: AuditEntry[] = []
    // The store answers at once: the door needs a turn of the loop to see that a reader has left.
    for (; told.length === 0; told = await news()) await nextTurn()
    assert.equal(told.map(short), [`program:test token commandEvents ${id} done`])
  })
}

acts('is not done where it cannot be written', async () => {
  const { audit, auth } = door
  const write = audit.write.bind(audit)
  audit.write = async () => {
    throw new Error('the disk is full')
  }
  const answer = await ask('POST', '/tokens', { name: 'stream', role: 'expert' })
  assert.equal([answer.statusCode, answer.json().code], [500, 'internal'])
  assert.is(await auth.tokens.find('stream'), undefined)
  assert.is((await ask('GET', '/users')).statusCode, 500, 'nor is what is personal told')
  assert.is((await ask('GET', '/terminals')).statusCode, 200)
  audit.write = (act) => (act.outcome === 'begun' ? write(act) : Promise.reject(new Error('full')))
  const unknown = await ask('POST', '/tokens', { name: 'stream', role: 'expert' })
  assert.is(unknown.statusCode, 500, 'done, but nobody is told its secret')
  assert.not.match(unknown.body, 'avyl_')
  audit.write = write
  assert.equal(
    (await news()).map(({ outcome }) => outcome),
    ['begun'],
  )
})

acts('of a stranger who asks again and again fills no disk', async () => {
  for (let count = 0; count < 150; count++)
    await ask('DELETE', '/tokens/x', undefined, { authorization: 'x' })
  const written = (await news()).length
  assert.ok(written >= 90 && written < 150, String(written))
})

acts.run()
