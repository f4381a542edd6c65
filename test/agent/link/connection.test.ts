import { Check } from 'typebox/value'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createBackoff } from '../../../agent/link/backoff.ts'
import { createClock } from '../../../agent/link/clock.ts'
import { createConnection } from '../../../agent/link/connection.ts'
import { bootId, createEnvelopes } from '../../../agent/link/envelope.ts'
import { LineDown } from '../../../agent/link/line.ts'
import { EventMessage, PresenceMessage } from '../../../protocol/messages.ts'
import { topics } from '../../../protocol/topics.ts'
import { uuidv7 } from '../../../protocol/uuid.ts'
import { silent } from '../../support/agent-parts.ts'
import {
  credentialsOf,
  membershipOf,
  openTerminalFleet,
  type TerminalFleet,
} from '../../support/terminal-fleet.ts'

const device = 'terminal-7'
const never = new AbortController().signal
const event = () => ({ id: uuidv7(), type: 'agent-started' as const, at: 1, data: {} })

const connect = async (
  fleet: TerminalFleet,
  hears: (id: string) => void = () => {},
  fares: (how: string) => void = () => {},
) => {
  const config = await fleet.configure(device)
  const heard: string[] = []
  let number = 40
  let times = 0
  const connection = createConnection({
    membership: {
      ...membershipOf(device, await credentialsOf(config)),
      connected: () => fares('let in'),
      failed: (_, reached) => fares(reached ? 'turned away' : 'reached nobody'),
    },
    judge: createClock(),
    agentVersion: '1.2.3',
    envelope: createEnvelopes({ boot: bootId(), run: uuidv7() }, createClock()),
    backoff: createBackoff({ base: 1, cap: 20 }),
    nextConnection: () => ++number,
    received: ({ kind, command = '' }, payload) => {
      heard.push(`${kind} ${command} ${payload.length}`)
      hears(command)
    },
    cameUp: () => {
      times += 1
    },
    logger: silent,
  })
  return { connection, heard, times: () => times }
}

const aLine = suite('a line to the fleet')

aLine('is born with a presence of its own number, hears, and says bye', async () => {
  const fleet = await openTerminalFleet()
  const { connection, heard } = await connect(fleet)
  connection.start()
  await connection.up(never)
  const [born] = fleet.said(device, 'presence')
  assert.ok(Check(PresenceMessage, born))
  assert.equal([born.state, born.connection, born.agent], ['online', 41, '1.2.3'])
  await fleet.tell(device, 'command', 'some-id', { a: 1 })
  await fleet.until(() => heard.length > 0)
  assert.equal(heard, ['command some-id 7'])
  await connection.send('event', event())
  assert.ok(Check(EventMessage, fleet.said(device, 'event')[0]))
  await connection.stop('restart')
  const last = fleet.said(device, 'presence').at(-1)
  assert.equal([last?.state, last?.reason, last?.connection], ['bye', 'restart', 41])
  assert.is(connection.isUp, false)
  await fleet.close()
})

aLine('goes on to the next message, whether or not it says something to one at once', async () => {
  const fleet = await openTerminalFleet()
  const { connection, heard } = await connect(fleet, (id) => {
    if (id !== 'silent') for (const _ of ['once', 'twice']) void connection.send('event', event())
  })
  connection.start()
  await connection.up(never)
  for (const id of ['first', 'silent', 'last']) await fleet.tell(device, 'command', id, {})
  await fleet.until(() => heard.length === 3 && fleet.said(device, 'event').length === 4)
  assert.equal(heard, ['command first 2', 'command silent 2', 'command last 2'])
  await connection.stop('shutdown')
  await fleet.close()
})

aLine('says bye also when it is told to stop before the fleet has answered its birth', async () => {
  const stored = Promise.withResolvers<void>()
  const states: unknown[] = []
  const fleet = await openTerminalFleet({
    async message(_, { topic, payload }) {
      if (topic === topics.presence(device)) states.push(JSON.parse(payload.toString()).state)
      if (states.length === 1) await stored.promise
    },
  })
  const { connection } = await connect(fleet)
  connection.start()
  await fleet.until(() => states.length === 1)
  const stopped = connection.stop('shutdown')
  stored.resolve()
  await stopped
  assert.equal(states, ['online', 'bye'])
  await fleet.close()
})

aLine('comes again after a cut, with its will and the next number', async () => {
  const fleet = await openTerminalFleet()
  const { connection, times } = await connect(fleet)
  connection.start()
  await connection.up(never)
  fleet.broker.disconnect(device)
  await fleet.until(() => times() === 2)
  await fleet.until(() => fleet.said(device, 'presence').length >= 3)
  const said = fleet.said(device, 'presence').map(({ state, connection }) => `${state} ${connection}`)
  assert.equal(said.toSorted(), ['lost 41', 'online 41', 'online 42'])
  await connection.stop('shutdown')
  await fleet.close()
})

aLine('tells who it comes as that it was let in, turned away, or reached nobody', async () => {
  const said: string[] = []
  let admits = true
  const stored = Promise.withResolvers<void>()
  const fleet = await openTerminalFleet({ admits: () => admits, message: () => stored.promise })
  const { connection } = await connect(fleet, undefined, (what) => said.push(what))
  connection.start()
  // The line falls before the fleet has answered its birth.
  await fleet.until(() => said.length > 0)
  admits = false
  fleet.broker.disconnect(device)
  await fleet.until(() => said.length > 1)
  stored.resolve()
  await fleet.close()
  while (!said.includes('reached nobody')) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal([...new Set(said)], ['let in', 'turned away', 'reached nobody'])
  await connection.stop('shutdown')
})

aLine('rejects what it cannot bring, also when it is cut before the answer', async () => {
  const stored = Promise.withResolvers<void>()
  let held = false
  const fleet = await openTerminalFleet({
    async message(_, { topic }) {
      if (topic !== topics.event(device)) return
      held = true
      await stored.promise
    },
  })
  const { connection } = await connect(fleet)
  const down = await connection.send('event', event()).catch((thrown) => thrown)
  assert.instance(down, LineDown)
  connection.start()
  await connection.up(never)
  const cut = connection.send('event', event()).catch((thrown) => thrown)
  await fleet.until(() => held)
  fleet.broker.disconnect(device)
  assert.instance(await cut, LineDown)
  stored.resolve()
  const large = await connection
    .up(never)
    .then(() => connection.send('event', { ...event(), data: { text: 'x'.repeat(70_000) } }))
    .catch((thrown) => thrown)
  assert.instance(large, RangeError)
  await connection.stop('shutdown')
  await fleet.close()
})

aLine('shows when it was last alive, and owes no sign while it is not let in', async () => {
  const fleet = await openTerminalFleet()
  const { connection } = await connect(fleet)
  assert.is(connection.lastSign, Number.POSITIVE_INFINITY)
  connection.start()
  await connection.up(never)
  const born = connection.lastSign
  assert.ok(born <= performance.now())
  await connection.send('event', event())
  assert.ok(connection.lastSign > born)
  await connection.stop('shutdown')
  await fleet.close()
})

aLine('lets those who wait for it give up', async () => {
  const fleet = await openTerminalFleet()
  const { connection } = await connect(fleet)
  const gone = new AbortController()
  const waiting = connection.up(gone.signal).catch((thrown) => thrown)
  gone.abort('enough')
  assert.is(await waiting, 'enough')
  await connection.stop('shutdown')
  await fleet.close()
})

aLine('comes up to no fleet whose certificate another authority signed', async () => {
  const fleet = await openTerminalFleet()
  const other = await openTerminalFleet()
  const { ca } = await credentialsOf(await other.configure(device))
  const credentials = { ...(await credentialsOf(await fleet.configure(device))), ca }
  const connection = createConnection({
    membership: membershipOf(device, credentials),
    judge: createClock(),
    agentVersion: '1',
    envelope: createEnvelopes({ boot: 'b', run: 'r' }, createClock()),
    backoff: createBackoff({ base: 1, cap: 5 }),
    nextConnection: () => 1,
    received: () => {},
    cameUp: () => assert.unreachable('it came up'),
    logger: silent,
  })
  connection.start()
  await new Promise((resolve) => setTimeout(resolve, 150))
  assert.is(connection.isUp, false)
  await connection.stop('shutdown')
  await Promise.all([fleet.close(), other.close()])
})

aLine.run()
