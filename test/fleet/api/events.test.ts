import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { reportOf } from '../../support/fleet.ts'
import { openPeoplesDoor } from '../../support/people-door.ts'

type Door = Awaited<ReturnType<typeof openPeoplesDoor>>

const listen = async (door: Door): Promise<string> => {
  await door.app.listen({ port: 0, host: '127.0.0.1' })
  return `http://127.0.0.1:${(door.app.server.address() as AddressInfo).port}/api/v1`
}

/** Reads server-sent events one by one without the heartbeats; ends with the stream. */
async function* read(response: Response): AsyncGenerator<{ event: string; data: string }> {
  let text = ''
  for await (const piece of response.body ?? []) {
    text += Buffer.from(piece).toString()
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? []
      if (event !== undefined && event !== 'beat' && data !== undefined) yield { event, data }
    }
  }
}

const band = (page: number, top: number, jpeg = 'AA==') => ({ page, top, width: 10, height: 5, jpeg })
const scan = {
  terminal: 't1',
  name: 'scanner.scan',
  input: { source: 'flatbed', dpi: 300, mode: 'grey', format: 'pdf' },
  actor: 'program:test',
}

const aStream = suite('a stream of events')

aStream('tells what happens to a command until it is over', async () => {
  const door = await openPeoplesDoor()
  const { broker, commands, bearer } = door
  const url = await listen(door)
  broker.there.add('t1')
  const { id } = await commands.request(scan)
  commands.band('t1', id, band(1, 0))
  assert.not(commands.band('t2', id, band(1, 5)), 'only its own terminal draws')
  assert.not(commands.band('t1', uuidv7(), band(1, 5)))
  const response = await fetch(`${url}/commands/${id}/events`, { headers: bearer })
  assert.is(response.headers.get('content-type'), 'text/event-stream')
  assert.is(response.headers.get('x-content-type-options'), 'nosniff')
  const events = read(response)
  const next = async () => {
    const { value } = await events.next()
    return [value?.event, JSON.parse(value?.data ?? 'null')] as const
  }
  assert.equal((await next())[1].state, 'sent')
  assert.equal(await next(), ['band', band(1, 0)])
  await commands.report('t1', reportOf(id, 'running', { progress: { step: 'scanning', percent: 5 } }))
  assert.is((await next())[1].state, 'running')
  assert.equal(await next(), ['progress', { step: 'scanning', percent: 5 }])
  commands.band('t1', id, band(2, 0))
  assert.equal(await next(), ['band', band(2, 0)])
  assert.equal(commands.live.bands(id), [band(2, 0)], 'a new page takes the place of the one before')
  await commands.report(
    't1',
    reportOf(id, 'failed', { error: { code: 'jam', text: 'jam', retryable: true } }),
  )
  const [event, last] = await next()
  assert.is(event, 'state')
  assert.is(last.error.code, 'jam')
  assert.ok((await events.next()).done, 'the stream ends')
  assert.equal(commands.live.bands(id), [])
  const logs = await commands.request({ terminal: 't1', name: 'terminal.logs', input: {}, actor: 'user:1' })
  commands.log('t1', logs.id, ['first'])
  const lines = read(await fetch(`${url}/commands/${logs.id}/events`, { headers: bearer }))
  assert.match((await lines.next()).value?.data ?? '', /"sent"/)
  assert.equal((await lines.next()).value, { event: 'log', data: '{"lines":["first"]}' })
  commands.log('t1', logs.id, ['second'])
  assert.equal((await lines.next()).value, { event: 'log', data: '{"lines":["second"]}' })
  await lines.return(undefined)
  const after = read(await fetch(`${url}/commands/${id}/events`, { headers: bearer }))
  assert.match((await after.next()).value?.data ?? '', /"failed"/)
  assert.ok((await after.next()).done)
  await door.close()
})

aStream('shows no band of a page to who may not read it', async () => {
  const door = await openPeoplesDoor()
  const { broker, commands, auth } = door
  const url = await listen(door)
  broker.there.add('t1')
  const { id } = await commands.request(scan)
  commands.band('t1', id, band(1, 0))
  for (const role of ['auditor', 'technician'] as const) {
    const authorization = `Bearer ${await auth.tokens.create(role, role)}`
    const events = read(await fetch(`${url}/commands/${id}/events`, { headers: { authorization } }))
    assert.is((await events.next()).value?.event, 'state')
    commands.band('t1', id, band(1, 5))
    await commands.report('t1', reportOf(id, 'running', { progress: { step: 'scanning', percent: 5 } }))
    const seen = [(await events.next()).value?.event]
    if (seen[0] === 'state') seen.push((await events.next()).value?.event)
    assert.is(seen.at(-1), 'progress', `neither an earlier nor a new one: ${seen}`)
    await events.return(undefined)
  }
  await door.close()
})

aStream('keeps a bounded picture of a page', async () => {
  const { broker, commands, close } = await openPeoplesDoor()
  broker.there.add('t1')
  const { id } = await commands.request(scan)
  for (let top = 0; top < 50; top++) commands.band('t1', id, band(1, top, 'A'.repeat(87_000)))
  const kept = commands.live.bands(id)
  assert.ok(kept.length > 10 && kept.length < 30)
  await close()
})

aStream('tells of terminals and commands of the whole fleet, and ends when the fleet stops', async () => {
  const door = await openPeoplesDoor()
  const { broker, commands, terminals, bearer } = door
  const url = await listen(door)
  const events = read(await fetch(`${url}/events`, { headers: bearer }))
  broker.there.add('t1')
  terminals.connected('t1')
  const first = await events.next()
  assert.is(first.value?.event, 'terminal')
  assert.is(JSON.parse(first.value?.data ?? '').state, 'online')
  const { id } = await commands.request(scan)
  const second = await events.next()
  assert.is(second.value?.event, 'command')
  assert.is(JSON.parse(second.value?.data ?? '').id, id)
  const end = events.next()
  await door.close()
  assert.ok((await end).done)
})

aStream('and a connection on which nothing was asked do not hold up the end', async () => {
  const door = await openPeoplesDoor()
  const url = new URL(await listen(door))
  const idle = connect(Number(url.port), url.hostname)
  await once(idle, 'connect')
  const gone = once(idle, 'close')
  await fetch(`${url}/events`, { headers: door.bearer })
  const closing = door.close()
  await gone
  await closing
})

aStream('lets an answer that is due be given first', async () => {
  const door = await openPeoplesDoor()
  const url = await listen(door)
  let close: Promise<void> | undefined
  const { commands } = door
  const get = commands.get.bind(commands)
  commands.get = async (id) => {
    close = door.app.close()
    await new Promise((resolve) => setTimeout(resolve, 50))
    return get(id)
  }
  const answer = await fetch(`${url}/commands/${uuidv7()}`, { headers: door.bearer })
  assert.is(answer.status, 404)
  await close
  await door.close()
})

aStream('is forgotten when its reader leaves', async () => {
  const door = await openPeoplesDoor()
  const url = await listen(door)
  const gone = new Promise<void>((resolve) => {
    door.app.server.once('connection', (socket) => socket.once('close', () => resolve()))
  })
  const leaving = new AbortController()
  const response = await fetch(`${url}/events`, { headers: door.bearer, signal: leaving.signal })
  await response.body?.getReader().read()
  leaving.abort()
  await gone
  assert.is((await door.terminals.register('t3', 'Актаныш')).state, 'never-seen')
  await door.close()
})

aStream(
  'tells of the villages that its reader sees, and of commands only where they may be read',
  async () => {
    const door = await openPeoplesDoor()
    await door.terminals.register('t2', 'Бахта')
    const url = await listen(door)
    const open = async (name: string, more: Partial<Parameters<typeof door.auth.tokens.put>[0]>) => {
      const token = await door.auth.tokens.put({ name, role: 'expert', ...more })
      const response = await fetch(`${url}/events`, { headers: { authorization: `Bearer ${token}` } })
      return read(response)
    }
    const ofOne = await open('one', { villages: ['Бахта'] })
    const ofTerminals = await open('two', { scopes: ['terminals.read'] })
    await door.commands.request(scan)
    await door.terminals.register('t1', 'Арча 2')
    await door.commands.request({ ...scan, terminal: 't2' })
    await door.terminals.register('t2', 'Бахта')
    await door.terminals.register('t1', 'Бахта')
    const told = async (events: typeof ofOne) => {
      const { value } = await events.next()
      const { id, terminal = id } = JSON.parse(value?.data ?? '{}')
      return `${value?.event} ${terminal}`
    }
    assert.equal([await told(ofOne), await told(ofOne)], ['command t2', 'terminal t1'])
    assert.equal([await told(ofTerminals), await told(ofTerminals)], ['terminal t1', 'terminal t1'])
    await door.close()
  },
)

aStream.run()
