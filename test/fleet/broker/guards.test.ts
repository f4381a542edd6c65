import { setImmediate as turn } from 'node:timers/promises'
import { generate } from 'mqtt-packet'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { topics } from '../../../protocol/topics.ts'
import { BareClient, enter, type OpenedDoor, openDoor } from '../../support/terminals-door.ts'

let opened: OpenedDoor
const anAttack = suite('an attack on the broker')

anAttack.before(async () => {
  // Long, so that only a guard ends a connection here.
  opened = await openDoor({ limits: { connectTimeout: 600_000 } })
})
anAttack.after(() => opened.close())
anAttack.before.each(() => {
  opened.messages.length = 0
})

const own = topics.event('kazan-7')
const stranger = async (device = 'kazan-7') =>
  new BareClient(await opened.dial(await opened.authority.issueTerminal(device)))

/** The fixed header of a packet of this length (MQTT 3.1.1 2.2.3), without the packet. */
const header = (type: number, length: number): Buffer => {
  const bytes = [type]
  for (let rest = length; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) | 128)
    if (rest < 128) return Buffer.from(bytes)
  }
}

/** That a well-behaved terminal is served, so that the attack harmed nobody else. */
const stillServes = async () => {
  const client = await enter(opened, 'kazan-9')
  client.publish(topics.event('kazan-9'), { messageId: 9 })
  assert.is((await client.next('puback'))?.messageId, 9)
  client.socket.destroy()
  await client.closed
}

anAttack('with a CONNECT of 17 kB ends at its header', async () => {
  const client = await stranger()
  client.socket.write(header(0x10, 17 * 1024))
  await client.closed
  await stillServes()
})

anAttack('with a PUBLISH of 256 MB ends at its header', async () => {
  const client = await enter(opened, 'kazan-7')
  client.socket.write(header(0x32, 256 * 1024 * 1024 - 1))
  await client.closed
  await stillServes()
})

anAttack('with a body of more than 64 KiB is not stored', async () => {
  const client = await enter(opened, 'kazan-7')
  client.publish(own, { payload: Buffer.alloc(64 * 1024 + 1) })
  assert.is(await client.next('puback'), undefined)
  assert.equal(opened.messages, [])
})

anAttack('with a body of 64 KiB is none', async () => {
  const client = await enter(opened, 'kazan-7')
  client.publish(own, { payload: Buffer.alloc(64 * 1024) })
  assert.ok(await client.next('puback'))
  assert.is(opened.messages[0]?.[1].payload.length, 64 * 1024)
  client.socket.destroy()
})

for (const topic of [
  '$SYS/broker/new/clients',
  topics.event('kazan-8'),
  topics.command('kazan-7', '01890000-0000-7000-8000-000000000000'),
  topics.command('kazan-8', '01890000-0000-7000-8000-000000000000'),
  'avyl/1/d/kazan-7/up/constructor',
  `avyl/1/d/kazan-7/up/${'x/'.repeat(200)}`,
  'a/b',
]) {
  anAttack(`by publishing on ${topic.slice(0, 60)} ends the connection`, async () => {
    const neighbour = await enter(opened, 'kazan-8')
    neighbour.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [{ topic: topics.down('kazan-8'), qos: 1 }],
    })
    await neighbour.next('suback')
    const client = await enter(opened, 'kazan-7')
    client.publish(topic)
    assert.is(await client.next('puback'), undefined)
    assert.equal(opened.messages, [])
    neighbour.send({ cmd: 'pingreq' })
    await neighbour.next('pingresp')
    assert.equal(neighbour.packets, [])
    neighbour.socket.destroy()
    await neighbour.closed
  })
}

anAttack('by publishing with QoS 2 ends the connection', async () => {
  const client = await enter(opened, 'kazan-7')
  client.publish(own, { qos: 2 })
  assert.is(await client.next('pubrec'), undefined)
  assert.equal(opened.messages, [])
})

anAttack('by subscribing to others is refused, and hears nothing of them', async () => {
  const client = await enter(opened, 'kazan-7')
  const filters = ['#', '+/1/d/#', '$SYS/#', topics.down('kazan-8'), topics.down('+'), topics.down('kazan-7')]
  client.send({
    cmd: 'subscribe',
    messageId: 1,
    subscriptions: filters.map((topic) => ({ topic, qos: 1 as const })),
  })
  assert.equal((await client.next('suback'))?.granted, [128, 128, 128, 128, 128, 1])
  const send = (device: string) =>
    opened.broker.publish({
      topic: topics.command(device, '01890000-0000-7000-8000-000000000000'),
      payload: Buffer.from(device),
      qos: 1,
      retain: false,
    })
  await send('kazan-8')
  await send('kazan-7')
  assert.is((await client.next('publish'))?.payload.toString(), 'kazan-7')
  assert.equal(client.packets, [])
  client.socket.destroy()
})

for (const [what, will] of Object.entries({
  'on a neighbour’s topic': { topic: topics.presence('kazan-8'), payload: Buffer.from('{}') },
  'on $SYS': { topic: '$SYS/x', payload: Buffer.from('{}') },
  'that commands': {
    topic: topics.command('kazan-8', '01890000-0000-7000-8000-000000000000'),
    payload: Buffer.from('{}'),
  },
  'with QoS 2': { topic: topics.presence('kazan-7'), payload: Buffer.from('{}'), qos: 2 },
})) {
  anAttack(`by a will ${what} is refused at CONNECT`, async () => {
    const client = await stranger()
    client.connect('kazan-7', { will: { qos: 1, retain: false, ...will } })
    assert.is((await client.next('connack'))?.returnCode, 5)
    await client.closed
    assert.equal(opened.messages, [])
  })
}

for (const clientId of ['', 'constructor', '__proto__', 'toString', 'kazan-8', 'KAZAN-7', 'kazan-7 ']) {
  anAttack(`by the client id “${clientId}” is refused, and takes nobody’s place`, async () => {
    const neighbour = await enter(opened, 'kazan-8')
    const client = await stranger()
    client.connect(clientId)
    assert.is((await client.next('connack'))?.returnCode, 2)
    await client.closed
    neighbour.send({ cmd: 'pingreq' })
    assert.ok(await neighbour.next('pingresp'))
    neighbour.socket.destroy()
    await neighbour.closed
  })
}

anAttack('by a certificate in the name of an inherited property has no effect', async () => {
  const client = await enter(opened, 'constructor')
  client.publish(topics.event('constructor'))
  assert.ok(await client.next('puback'))
  assert.ok(opened.broker.connected().has('constructor'))
  client.socket.destroy()
  await client.closed
  await stillServes()
})

anAttack('by a session that is to outlive the connection is refused', async () => {
  const client = await stranger()
  client.connect('kazan-7', { clean: false })
  assert.is((await client.next('connack'))?.returnCode, 5)
  await client.closed
})

for (const keepalive of [0, 21, 65_535]) {
  anAttack(`by a keepalive of ${keepalive} s is refused`, async () => {
    const client = await stranger()
    client.connect('kazan-7', { keepalive })
    await client.closed
    assert.not(opened.broker.connected().has('kazan-7'))
  })
}

anAttack('by MQTT 5 is refused', async () => {
  const client = await stranger()
  client.connect('kazan-7', { protocolVersion: 5 })
  assert.is((await client.next('connack'))?.returnCode, 1)
  await client.closed
})

anAttack('by a second CONNECT ends the connection', async () => {
  const client = await enter(opened, 'kazan-7')
  client.connect('kazan-7')
  await client.closed
})

anAttack('by two CONNECT at once ends the connection', async () => {
  const client = await stranger()
  client.socket.cork()
  client.connect('kazan-7')
  client.connect('kazan-7')
  client.socket.uncork()
  await client.closed
})

anAttack('by a packet before CONNECT ends the connection', async () => {
  const client = await stranger()
  client.publish(own)
  await client.closed
  assert.equal(opened.messages, [])
})

for (const [what, bytes] of Object.entries({
  'U+0000': Buffer.from('avyl/1/d/kazan-7/up/\u0000'),
  'a surrogate': Buffer.from([0x61, 0xed, 0xa0, 0x80]),
  'half a character': Buffer.from([0x61, 0xc3]),
  'an overlong slash': Buffer.from([0x61, 0xc0, 0xaf]),
})) {
  anAttack(`by ${what} in a topic ends the connection`, async () => {
    const client = await enter(opened, 'kazan-7')
    const body = Buffer.concat([Buffer.from([0, bytes.length]), bytes, Buffer.from([0, 1, 0x7b, 0x7d])])
    client.socket.write(Buffer.concat([header(0x32, body.length), body]))
    await client.closed
    assert.equal(opened.messages, [])
  })
  anAttack(`by ${what} in a filter ends the connection`, async () => {
    const client = await enter(opened, 'kazan-7')
    const body = Buffer.concat([Buffer.from([0, 1, 0, bytes.length]), bytes, Buffer.from([1])])
    client.socket.write(Buffer.concat([header(0x82, body.length), body]))
    await client.closed
  })
}

anAttack('by mutated packets leaves the broker well', async () => {
  const rounds = Number(process.env.AVYL_FUZZ_CONNECTIONS ?? 60)
  const credentials = await opened.authority.issueTerminal('kazan-7')
  let seed = 20_261_121
  const chance = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return (seed >>> 8) % below
  }
  const packets = [
    generate({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clientId: 'kazan-7',
      clean: true,
      keepalive: 20,
    }),
    generate({ cmd: 'publish', topic: own, payload: '{}', qos: 1, messageId: 3, retain: false, dup: false }),
    generate({ cmd: 'subscribe', messageId: 4, subscriptions: [{ topic: topics.down('kazan-7'), qos: 1 }] }),
    generate({ cmd: 'unsubscribe', messageId: 5, unsubscriptions: [topics.down('kazan-7')] }),
    generate({ cmd: 'pubrel', messageId: 6 }),
    generate({ cmd: 'pingreq' }),
  ]
  for (let round = 0; round < rounds; round += 1) {
    const socket = await opened.dial(credentials)
    const first = packets[0] as Buffer
    const bytes = Buffer.concat([
      first,
      ...Array.from({ length: 5 }, () => packets[chance(packets.length)] as Buffer),
    ])
    for (let times = 1 + chance(4); times > 0; times -= 1) bytes[chance(bytes.length)] = chance(256)
    socket.write(bytes)
    await turn()
    socket.destroy()
  }
  await stillServes()
})

anAttack.run()
