import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { generate } from 'mqtt-packet'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Credentials } from '../../../fleet/identity/authority.ts'
import { topics } from '../../../protocol/topics.ts'
import {
  BareClient,
  connectOf,
  dial,
  enter,
  type OpenDoor,
  type OpenedDoor,
  openDoor,
} from '../../support/terminals-door.ts'

const command = '01890000-0000-7000-8000-000000000000'
const event = topics.event('kazan-7')
let opened: OpenedDoor | undefined
const close = async () => {
  await opened?.close()
  opened = undefined
}
const open = async (options: OpenDoor = {}) => {
  opened = await openDoor(options)
  return opened
}
const until = async (holds: () => boolean) => {
  while (!holds()) await wait(5)
}
const subscribeDown = (client: BareClient, device: string) =>
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: topics.down(device), qos: 1 }] })
const listenDown = async (client: BareClient, device: string) => {
  subscribeDown(client, device)
  await client.next('suback')
}
const toDevice = (device: string, payload: Uint8Array, more = {}) => ({
  topic: topics.command(device, command),
  payload,
  qos: 1 as const,
  retain: false,
  ...more,
})

const aMessage = suite('a message of a terminal')
aMessage.after.each(close)

aMessage('is acknowledged when it is stored, not before', async () => {
  const stored = Promise.withResolvers<void>()
  const seen = Promise.withResolvers<void>()
  const client = await enter(
    await open({
      message: () => {
        seen.resolve()
        return stored.promise
      },
    }),
    'kazan-7',
  )
  client.publish(event)
  await seen.promise
  client.send({ cmd: 'pingreq' })
  await client.next('pingresp')
  assert.equal(client.packets, [])
  stored.resolve()
  assert.is((await client.next('puback'))?.messageId, 1)
})

aMessage('finds the terminal listening that subscribed in the same write', async () => {
  const door = await open({
    message: (device) => door.broker.publish(toDevice(device, Buffer.from('what waited'))),
  })
  const client = await enter(door, 'kazan-7')
  client.socket.cork()
  subscribeDown(client, 'kazan-7')
  client.publish(topics.presence('kazan-7'), { messageId: 2, retain: true })
  client.socket.uncork()
  assert.is(String((await client.next('publish'))?.payload), 'what waited')
  assert.is((await client.next('puback'))?.messageId, 2)
})

aMessage('is not acknowledged when it could not be stored', async () => {
  const client = await enter(
    await open({ message: () => Promise.reject(new Error('the disk is full')) }),
    'kazan-7',
  )
  client.publish(event)
  assert.is(await client.next('puback'), undefined)
})

aMessage('is stored in its order, however long each takes', async () => {
  const order: string[] = []
  let slow = 20
  const message: OpenDoor['message'] = async (_device, { payload }) => {
    slow -= 1
    await wait(slow)
    order.push(String(payload))
  }
  const client = await enter(await open({ message }), 'kazan-7')
  for (let number = 1; number <= 20; number += 1)
    client.publish(event, { messageId: number, payload: `${number}` })
  for (let number = 1; number <= 20; number += 1) assert.is((await client.next('puback'))?.messageId, number)
  assert.equal(
    order,
    Array.from({ length: 20 }, (_, index) => `${index + 1}`),
  )
})

aMessage('is slowed down, not lost, when there are too many', async () => {
  const { messages, ...door } = await open({ limits: { messages: { perSecond: 200, burst: 5 } } })
  const client = await enter({ messages, ...door }, 'kazan-7')
  const began = performance.now()
  for (let number = 1; number <= 25; number += 1) client.publish(event, { messageId: number })
  for (let number = 1; number <= 25; number += 1) await client.next('puback')
  // 20 beyond the burst at 200 a second.
  assert.ok(performance.now() - began >= 95)
  assert.is(messages.length, 25)
})

aMessage('that was acknowledged outlives kill -9 of the fleet', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-kill-'))
  const file = join(folder, 'stored')
  await writeFile(file, '')
  const fleet = fork(join(import.meta.dirname, '../../support/storing-broker.ts'), [file], {
    env: { ...process.env, TMPDIR: folder },
  })
  const [{ port, terminal }] = (await once(fleet, 'message')) as [{ port: number; terminal: Credentials }]
  const client = new BareClient(await dial(port, terminal, 'mqtt'))
  client.connect('kazan-7')
  await client.next('connack')
  for (let number = 1; number <= 500; number += 1)
    client.publish(event, { messageId: number, payload: `${number}` })
  const acknowledged = new Set<string>()
  while (acknowledged.size < 60) acknowledged.add(`${(await client.next('puback'))?.messageId}`)
  fleet.kill('SIGKILL')
  for (let more = await client.next('puback'); more; more = await client.next('puback')) {
    acknowledged.add(`${more.messageId}`)
  }
  const stored = new Set((await readFile(file, 'utf8')).split('\n'))
  for (const id of acknowledged) assert.ok(stored.has(id), `message ${id} was acknowledged and lost`)
  assert.ok(stored.size < 500, 'the fleet was killed too late to show anything')
  await rm(folder, { recursive: true })
})

aMessage.run()

const aConnection = suite('a connection of a terminal')
aConnection.after.each(close)

aConnection('that takes nothing does not stop the others, and is ended', async () => {
  const { broker, peers, ...door } = await open({ limits: { drainTimeout: 60_000 } })
  const frozen = await enter({ broker, peers, ...door }, 'kazan-7')
  await listenDown(frozen, 'kazan-7')
  const lively = await enter({ broker, peers, ...door }, 'kazan-8')
  await listenDown(lively, 'kazan-8')
  frozen.socket.pause()
  const large = Buffer.alloc(20_000)
  const flood = Array.from({ length: 2500 }, () => broker.publish(toDevice('kazan-7', large)).catch(() => {}))
  await broker.publish(toDevice('kazan-8', Buffer.from('still here')))
  assert.is((await lively.next('publish'))?.payload.toString(), 'still here')
  broker.disconnect('kazan-7')
  await Promise.all(flood)
  await until(() => peers.includes('-kazan-7'))
})

aConnection('that takes nothing for too long is ended', async () => {
  const { broker, peers, ...door } = await open({ limits: { drainTimeout: 200 } })
  const frozen = await enter({ broker, peers, ...door }, 'kazan-7')
  await listenDown(frozen, 'kazan-7')
  frozen.socket.pause()
  const large = Buffer.alloc(60_000)
  while (broker.connected().has('kazan-7')) await broker.publish(toDevice('kazan-7', large)).catch(() => {})
  assert.equal(peers, ['+kazan-7', '-kazan-7'])
})

aConnection('that never says CONNECT is ended', async () => {
  const { authority, dial: call } = await open({ limits: { connectTimeout: 50 } })
  const silent = new BareClient(await call(await authority.issueTerminal('kazan-7')))
  await silent.closed
})

aConnection('that comes too often is refused', async () => {
  const { authority, dial: call } = await open({ limits: { connects: { perSecond: 0.001, burst: 2 } } })
  const credentials = await authority.issueTerminal('kazan-7')
  const codes: (number | undefined)[] = []
  for (let times = 0; times < 3; times += 1) {
    const client = new BareClient(await call(credentials))
    client.connect('kazan-7')
    codes.push((await client.next('connack'))?.returnCode)
    client.socket.destroy()
  }
  assert.equal(codes, [0, 0, undefined])
})

aConnection('gives way to a newer one of the same terminal', async () => {
  const { broker, peers, messages, ...door } = await open()
  const all = { broker, peers, messages, ...door }
  const will = { topic: topics.presence('kazan-7'), payload: Buffer.from('lost'), qos: 1, retain: true }
  const old = await enter(all, 'kazan-7', { will })
  const fresh = await enter(all, 'kazan-7')
  await old.closed
  await listenDown(fresh, 'kazan-7')
  await broker.publish(toDevice('kazan-7', Buffer.from('for you')))
  assert.is((await fresh.next('publish'))?.payload.toString(), 'for you')
  assert.ok(broker.connected().has('kazan-7'))
  assert.equal(peers, ['+kazan-7', '-kazan-7', '+kazan-7'])
  assert.equal(
    messages.map(([device, { payload }]) => [device, String(payload)]),
    [['kazan-7', 'lost']],
  )
})

aConnection('that ends many times over and at once leaves the last one known', async () => {
  const { broker, authority, dial: call } = await open()
  const credentials = await authority.issueTerminal('kazan-7')
  let last: BareClient | undefined
  for (let times = 0; times < 12; times += 1) {
    const next = new BareClient(await call(credentials))
    last?.socket.destroy()
    next.connect('kazan-7')
    if (times % 3 === 0) await next.next('connack')
    last = next
  }
  assert.ok(last)
  await last.next('connack')
  await listenDown(last, 'kazan-7')
  await until(() => broker.connected().has('kazan-7'))
  await broker.publish(toDevice('kazan-7', Buffer.from('for you')))
  assert.is((await last.next('publish'))?.payload.toString(), 'for you')
  broker.disconnect('kazan-7')
  await last.closed
  await until(() => broker.connected().size === 0)
})

aConnection('that breaks while it is let in is not called there', async () => {
  const door = await open()
  const line: Duplex = new Duplex({
    read: () => {},
    write: (_bytes, _encoding, done) => {
      done()
      line.destroy()
    },
  })
  door.broker.handle(line, { device: 'kazan-7', certificate: 'aa', address: '127.0.0.1' })
  line.push(generate(connectOf('kazan-7')))
  await once(line, 'close')
  // Whoever comes behind it is let in after it.
  await enter(door, 'kazan-8')
  await until(() => door.broker.connected().has('kazan-8'))
  assert.equal(door.peers, ['+kazan-8'])
  assert.not(door.broker.connected().has('kazan-7'))
})

aConnection('that is cut leaves its will, one that says goodbye does not', async () => {
  const { messages, peers, ...door } = await open()
  const will = { topic: topics.presence('kazan-7'), payload: Buffer.from('lost'), qos: 1, retain: true }
  const polite = await enter({ messages, peers, ...door }, 'kazan-7', { will })
  polite.send({ cmd: 'disconnect' })
  await polite.closed
  await until(() => peers.includes('-kazan-7'))
  const cut = await enter({ messages, peers, ...door }, 'kazan-7', { will })
  cut.socket.destroy()
  await until(() => messages.length === 1)
  assert.is(String(messages[0]?.[1].payload), 'lost')
})

aConnection('that ends because the fleet stops is not called lost', async () => {
  const { broker, messages, ...door } = await open()
  const will = { topic: topics.presence('kazan-7'), payload: Buffer.from('lost'), qos: 1, retain: true }
  const client = await enter({ broker, messages, ...door }, 'kazan-7', { will })
  await broker.stop()
  await client.closed
  assert.equal(messages, [])
})

aConnection.run()

const theFleet = suite('the fleet sends')
theFleet.after.each(close)

theFleet('what is retained to a terminal that comes later, and nothing that terminals retained', async () => {
  const { broker, ...door } = await open()
  const desired = {
    topic: topics.desired('kazan-7'),
    payload: Buffer.from('v1'),
    qos: 1 as const,
    retain: true,
  }
  await broker.publish(desired)
  const client = await enter({ broker, ...door }, 'kazan-7')
  client.publish(topics.profile('kazan-7'), { retain: true })
  await client.next('puback')
  assert.is(door.messages[0]?.[1].retain, true)
  await listenDown(client, 'kazan-7')
  assert.is((await client.next('publish'))?.payload.toString(), 'v1')
  assert.equal(client.packets, [])
})

theFleet('of what it retained the newest to each terminal, and nothing once it was taken back', async () => {
  const { broker, ...door } = await open()
  const desired = (device: string, text: string) =>
    broker.publish({
      topic: topics.desired(device),
      payload: Buffer.from(text),
      qos: 1 as const,
      retain: true,
    })
  await desired('kazan-7', 'v1')
  await desired('kazan-7', 'v2')
  await desired('kazan-8', 'v3')
  await desired('kazan-9', 'v4')
  await desired('kazan-9', '')
  const heard = async (device: string) => {
    const client = await enter({ broker, ...door }, device)
    await listenDown(client, device)
    // What is sent now comes behind everything that was retained.
    await broker.publish({
      topic: topics.command(device, command),
      payload: Buffer.from('last'),
      qos: 1,
      retain: false,
    })
    const texts: string[] = []
    while (texts.at(-1) !== 'last') texts.push(String((await client.next('publish'))?.payload))
    return texts
  }
  assert.equal(await heard('kazan-7'), ['v2', 'last'])
  assert.equal(await heard('kazan-8'), ['v3', 'last'])
  assert.equal(await heard('kazan-9'), ['last'])
})

theFleet('to its own topics alone, and only while it runs', async () => {
  const { broker } = await open()
  const refused = async (topic: string, size = 1, qos = 1) =>
    broker
      .publish({ topic, payload: Buffer.alloc(size), qos: qos as 1, retain: false })
      .then(() => 'sent')
      .catch((error: Error) => error.message)
  assert.match(await refused(event), 'wrong-direction')
  assert.match(await refused('$SYS/x'), 'not-a-topic')
  assert.match(await refused(topics.command('kazan-7', command), 64 * 1024 + 1), 'too-large')
  assert.is(await refused(topics.command('kazan-7', command)), 'sent')
  await broker.stop()
  assert.match(await refused(topics.command('kazan-7', command)), 'stopped')
})

theFleet.run()
