import { createSocket } from 'node:dgram'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createPrinterMibReader, SnmpError, type SnmpErrorKind } from '../../../../agent/devices/snmp/snmp.ts'
import {
  counter,
  octets,
  type SnmpAgent,
  type SnmpTables,
  serveDatagrams,
  serveSnmp,
  whole,
} from '../../../support/snmp-agent.ts'

const never = new AbortController().signal
const marker = '1.3.6.1.2.1.43.10.2.1'
const supply = '1.3.6.1.2.1.43.11.1.1'
const input = '1.3.6.1.2.1.43.8.2.1'
/** Longer than any machine takes to answer itself. */
const patient = { answerMs: 30_000, totalMs: 60_000 }
/** Where no answer is to come. */
const brief = { answerMs: 300, totalMs: 60_000 }

const laser: SnmpTables = {
  [input]: [
    whole(8, [8, 8, 4, 8]),
    whole(9, [250, 1, 500, -2]),
    whole(10, [120, -3, 200, -1]),
    octets(13, ['Tray 1', 'Manual feed', 'Roll', 'Bypass']),
  ],
  [marker]: [whole(3, [11, 7]), counter(4, [400, 3_000_000_123])],
  [supply]: [
    whole(5, [3, 9, 4, 21, 99, 15]),
    octets(6, [
      'Black Toner HP CF283A\0',
      Buffer.from('Tambour d\xe9t', 'latin1'),
      'Отработка',
      '',
      'Odd one',
      'x'.repeat(2000),
    ]),
    whole(7, [7, 7, 19, 19, 13, 19]),
    whole(8, [2600, 12_000, -2, 100, -1, 0]),
    whole(9, [650, -3, 40, 0, 7, -2]),
  ],
}

const reading = async (agent: SnmpAgent, patience = patient, community = 'public') => {
  try {
    return await createPrinterMibReader({ host: '127.0.0.1', port: agent.port, community }, patience).read(
      never,
    )
  } finally {
    await agent.stop()
  }
}
const kindOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof SnmpError ? error.kind : error),
  )

const mib = suite("a printer's MIB")

mib('tells its count, supplies and trays, and what is unknown stays unknown', async () => {
  const told = await reading(await serveSnmp(laser))
  assert.is(told.impressions, 3_000_000_123)
  assert.equal(told.supplies, [
    { name: 'Black Toner HP CF283A', type: 'toner', level: 25 },
    { name: 'Tambour dét', type: 'opc', level: null },
    { name: 'Отработка', type: 'wasteToner', level: 40 },
    { name: 'tonerCartridge', type: 'tonerCartridge', level: 0 },
    { name: 'Odd one', type: 'unknown', level: null },
    { name: 'x'.repeat(200), type: 'fuser', level: null },
  ])
  assert.equal(told.trays, [
    { name: 'Tray 1', level: 120, capacity: 250 },
    { name: 'Manual feed', level: null, capacity: 1 },
    { name: 'Roll', level: null, capacity: null },
    { name: 'Bypass', level: null, capacity: null },
  ])
})

mib('is read of a printer that speaks SNMPv1 alone, which is asked by that from then on', async () => {
  const agent = await serveSnmp(laser, { versions: ['1'] })
  const reader = createPrinterMibReader(
    { host: 'localhost', port: agent.port, community: 'public' },
    { answerMs: 5000, totalMs: 60_000 },
  )
  assert.is((await reader.read(never)).impressions, 3_000_000_123)
  assert.is(agent.asked['2c'], 1)
  assert.is((await reader.read(never)).supplies.length, 6)
  assert.is(agent.asked['2c'], 1)
  await agent.stop()
})

mib('is empty where the printer has none', async () => {
  const other = await serveSnmp({ '1.3.6.1.2.1.2.2.1': [octets(2, ['eth0'])] })
  assert.equal(await reading(other), { supplies: [], trays: [] })
})

mib('lacks what has another type than it should', async () => {
  const wrong = await serveSnmp({
    [marker]: [octets(4, ['1200'])],
    [supply]: [octets(5, ['toner']), whole(6, [17]), octets(9, ['75'])],
  })
  assert.equal(await reading(wrong), {
    supplies: [{ name: 'unknown', type: 'unknown', level: null }],
    trays: [],
  })
})

mib('is no longer than 64 rows of each table, whatever the printer has', async () => {
  const many = Array.from({ length: 300 }, (_, row) => row)
  const agent = await serveSnmp({
    [supply]: [whole(9, many)],
    [input]: [whole(9, many), whole(10, many)],
  })
  const { supplies, trays } = await reading(agent)
  assert.equal([supplies.length, trays.length], [64, 64])
  assert.ok(agent.asked['2c'] < 200, `${agent.asked['2c']} questions`)
})

const tlv = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const value = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag, 0x82, value.length >> 8, value.length & 0xff]), value])
}
const int = (value: number) => tlv(2, Buffer.from([value]))
/** The request's id: the first member of the PDU, which follows the community. */
const idOf = (request: Buffer): Buffer => {
  const pdu = request.indexOf('public') + 6
  const id = pdu + 2 + ((request[pdu + 1] ?? 0) > 0x80 ? (request[pdu + 1] ?? 0) - 0x80 : 0)
  return request.subarray(id, id + 2 + (request[id + 1] ?? 0))
}
const varbind = (arcs: readonly number[], value: Buffer) =>
  tlv(0x30, tlv(6, Buffer.from([0x2b, ...arcs])), value)
const reply = (request: Buffer, ...varbinds: readonly Buffer[]) => answer(request, 0, varbinds)
const answer = (request: Buffer, status: number, varbinds: readonly Buffer[]) =>
  tlv(
    0x30,
    int(1),
    tlv(4, Buffer.from('public')),
    tlv(0xa2, idOf(request), int(status), int(0), tlv(0x30, ...varbinds)),
  )
const lifeCount = [6, 1, 2, 1, 43, 10, 2, 1, 4, 1, 1]

for (const [what, [expected, answers]] of Object.entries<
  readonly [SnmpErrorKind, (request: Buffer) => readonly Buffer[]]
>({
  'says nothing': ['timeout', () => []],
  'sends what is no SNMP': [
    'timeout',
    (request) => [Buffer.from('GET / HTTP/1.1'), request.subarray(0, 9), Buffer.alloc(0)],
  ],
  'sends a message of SNMPv3': [
    'malformed',
    (request) => [
      tlv(
        0x30,
        int(3),
        tlv(0x30, idOf(request), int(100), tlv(4, Buffer.from([1])), int(3)),
        tlv(4, tlv(0x30, tlv(4), int(0), int(0), tlv(4), tlv(4), tlv(4))),
        tlv(0x30, tlv(4), tlv(4), tlv(0xa2, idOf(request), int(0), int(0), tlv(0x30))),
      ),
    ],
  ],
  'answers at great length': [
    'timeout',
    (request) => [reply(request, varbind(lifeCount, tlv(4, Buffer.alloc(30_000))))],
  ],
  'answers what was asked before': [
    'timeout',
    (request) => {
      const other = Buffer.from(request)
      idOf(other).writeUInt8(1, 2)
      idOf(other).writeUInt8(1, 3)
      return [reply(other, varbind(lifeCount, int(1)))]
    },
  ],
})) {
  mib(`is not had of one that ${what}`, async () => {
    assert.is(await kindOf(reading(await serveDatagrams(answers), brief)), expected)
  })
}

mib('is not had of one that answers more or less than was asked', async () => {
  const agent = await serveDatagrams((request) => [reply(request, varbind(lifeCount, int(1)))])
  assert.is(await kindOf(reading(agent)), 'malformed')
})

mib('ends with one that answers by the same rows for ever', async () => {
  const unit = [...lifeCount.slice(0, 8), 3, 1, 1]
  // The identifiers that were asked for are as many as there are bytes of their beginning.
  const columnsOf = (request: Buffer) => request.toString('latin1').split('\x2b\x06\x01').length - 1
  const agent = await serveDatagrams((request) => {
    const all = [varbind(unit, int(7)), ...Array(8).fill(varbind(lifeCount, int(9)))]
    return [reply(request, ...all.slice(0, columnsOf(request)))]
  })
  assert.equal(await reading(agent), { impressions: 9, supplies: [], trays: [] })
  assert.ok(agent.asked['2c'] < 10, `${agent.asked['2c']} questions`)
})

mib('is asked for one by one where the printer refuses several at once, and refuses at the end', async () => {
  const noSuchName = 2
  const columnOf = (request: Buffer) => request.subarray(request.lastIndexOf('\x2b\x06\x01\x02\x01\x2b'))
  const lastColumn = Buffer.from([0x2b, ...lifeCount.slice(0, 9), 5, 0])
  const agent = await serveDatagrams((request) => [
    columnOf(request).equals(lastColumn) && request.length < 60
      ? reply(request, varbind(lifeCount, int(9)))
      : answer(request, noSuchName, []),
  ])
  assert.equal(await reading(agent), { impressions: 9, supplies: [], trays: [] })
})

mib('is heard of the printer alone', async () => {
  const stranger = createSocket('udp4')
  const asked = Promise.withResolvers<void>()
  const silent = createSocket('udp4').on('message', (request, { port, address }) => {
    stranger.send(reply(request, varbind(lifeCount, int(1)), varbind(lifeCount, int(1))), port, address)
    asked.resolve()
  })
  await new Promise<void>((listening) => silent.bind(0, '127.0.0.1', listening))
  const peer = { host: '127.0.0.1', port: silent.address().port, community: 'public' }
  assert.is(await kindOf(createPrinterMibReader(peer, brief).read(never)), 'timeout')
  await asked.promise
  silent.close()
  stranger.close()
})

mib('is not had with another community, of nobody, or when it is wanted no more', async () => {
  assert.is(await kindOf(reading(await serveSnmp(laser), brief, 'secret')), 'timeout')
  const gone = await serveSnmp(laser)
  await gone.stop()
  const peer = { host: '127.0.0.1', port: gone.port, community: 'public' }
  assert.is(await kindOf(createPrinterMibReader(peer, patient).read(never)), 'unreachable')
  for (const host of ['printer.invalid', '255.255.255.255']) {
    const nobody = createPrinterMibReader({ ...peer, host }, patient)
    assert.is(await kindOf(nobody.read(never)), 'unreachable', host)
  }
  const silent = await serveDatagrams(() => [])
  const stop = new AbortController()
  const stopped = createPrinterMibReader({ ...peer, port: silent.port }, patient).read(stop.signal)
  stop.abort(new Error('no more'))
  assert.is(((await kindOf(stopped)) as Error).message, 'no more')
  await silent.stop()
})

mib.run()
