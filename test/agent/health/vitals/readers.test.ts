import { createServer, type Server, type Socket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { agentReader } from '../../../../agent/health/vitals/agent.ts'
import { devicesReader } from '../../../../agent/health/vitals/devices.ts'
import { diskReader } from '../../../../agent/health/vitals/disk.ts'
import { linkReader } from '../../../../agent/health/vitals/link.ts'
import { machineReader } from '../../../../agent/health/vitals/machine.ts'
import { networkReader } from '../../../../agent/health/vitals/network.ts'
import { readersOf } from '../../../../agent/health/vitals/readers.ts'
import { rounded } from '../../../../agent/health/vitals/rounding.ts'
import { temperatureReader } from '../../../../agent/health/vitals/temperature.ts'
import { upsReader } from '../../../../agent/health/vitals/ups.ts'
import type { PrinterDescription } from '../../../../protocol/capabilities/printer.ts'
import { metricNames } from '../../../../protocol/vitals.ts'
import { scratch } from '../../../support/agent-parts.ts'
import { issue } from '../../../support/pki.ts'
import { kernelFiles } from './kernel-files.ts'

const never = new AbortController().signal

const theReaders = suite('the readers of vitals')

theReaders('take processor, memory and uptime from the kernel', async () => {
  const kernel = kernelFiles()
  const reader = machineReader(kernel.proc)
  assert.equal(await reader.read(never), {}, 'a machine that shows nothing')
  kernel.write('proc/stat', 'cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 2 3 4\n')
  kernel.write(
    'proc/meminfo',
    'MemTotal:        4000 kB\nMemFree:          100 kB\nMemAvailable:    1000 kB\n',
  )
  kernel.write('proc/uptime', '3600.25 7000.00\n')
  assert.equal(await reader.read(never), { memory: 0.75, uptime: 3600.25 }, 'one look gives no share')
  kernel.write('proc/stat', 'cpu  130 0 120 850 0 0 0 0 0 0\n')
  assert.equal((await reader.read(never)).cpu, 0.5)
  kernel.write('proc/stat', 'cpu  1 0 1 1 0 0 0 0 0 0\n')
  assert.is((await reader.read(never)).cpu, undefined, 'ticks that went back')
  kernel.write('proc/stat', 'cpu  x y z\n')
  assert.is((await reader.read(never)).cpu, undefined)
})

theReaders('know the room on the disk and the wear of an eMMC', async () => {
  const kernel = kernelFiles()
  const folder = scratch()
  const reader = diskReader(folder, kernel.sys)
  const { disk = -1, disk_free = -1, disk_wear } = await reader.read(never)
  assert.ok(disk >= 0 && disk <= 1 && disk_free > 0)
  assert.is(disk_wear, undefined, 'a disk that does not tell')
  kernel.write('sys/block/mmcblk0/device/life_time', '0x03 0x05\n')
  kernel.write('sys/block/sda/device/model', 'x\n')
  assert.is((await reader.read(never)).disk_wear, 0.5)
  kernel.write('sys/block/mmcblk0/device/life_time', '0x00 0x0b\n')
  assert.is((await reader.read(never)).disk_wear, 1)
  kernel.write('sys/block/mmcblk0/device/life_time', '0x00 0x00\n')
  assert.is((await reader.read(never)).disk_wear, undefined)
})

theReaders('take the hottest sensor that can be believed', async () => {
  const kernel = kernelFiles()
  const reader = temperatureReader(kernel.sys)
  assert.equal(await reader.read(never), {})
  kernel.write('sys/class/thermal/thermal_zone0/temp', '41000\n')
  kernel.write('sys/class/thermal/thermal_zone1/temp', '63500\n')
  kernel.write('sys/class/thermal/thermal_zone2/temp', '-274000\n')
  kernel.write('sys/class/thermal/thermal_zone3/temp', 'none\n')
  assert.equal(await reader.read(never), { temperature: 63.5 })
})

const dev = (eth: readonly [number, number], lo = 0) =>
  [
    'Inter-|   Receive                                                |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed',
    `    lo: ${lo} 1 0 0 0 0 0 0 ${lo} 1 0 0 0 0 0 0`,
    `  eth0: ${eth[0]} 1 0 0 0 0 0 0 ${eth[1]} 1 0 0 0 0 0 0`,
    ' wlan0:1000000 1 0 0 0 0 0 0 1000000 1 0 0 0 0 0 0',
  ].join('\n')
const snmp = (out: number, again: number) =>
  `Ip: Forwarding\nIp: 1\nTcp: RtoAlgorithm OutSegs RetransSegs\nTcp: 1 ${out} ${again}\n`

theReaders('measure the way out: rates, loss, signal', async () => {
  const kernel = kernelFiles()
  let time = 0
  const reader = networkReader(kernel.proc, () => time)
  assert.equal(await reader.read(never), {})
  kernel.write(
    'proc/net/route',
    'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\nwlan0\t00000000\t1\t3\t0\t0\t600\t00000000\neth0\t00000000\t1\t3\t0\t0\t100\t00000000\neth0\t0000000A\t0\t1\t0\t0\t0\t000000FF\n',
  )
  kernel.write('proc/net/dev', dev([1000, 2000]))
  kernel.write('proc/net/snmp', snmp(1000, 10))
  kernel.write(
    'proc/net/wireless',
    'Inter-| sta-|   Quality        |\n face | tus | link level noise |\n wlan0: 0000   54.  -56.  -256        0\n',
  )
  assert.equal(await reader.read(never), { network_signal: -56 })
  time += 10_000
  kernel.write('proc/net/dev', dev([6000, 2500], 99))
  kernel.write('proc/net/snmp', snmp(1030, 10))
  assert.equal(await reader.read(never), { network_received: 500, network_sent: 50, network_signal: -56 })
  time += 10_000
  kernel.write('proc/net/dev', dev([0, 0]))
  kernel.write('proc/net/snmp', snmp(1090, 20))
  const { network_received, network_loss } = await reader.read(never)
  assert.equal([network_received, network_loss], [undefined, 0.1], 'an interface that began anew')
  kernel.write('proc/net/snmp', snmp(1091, 21))
  assert.is((await reader.read(never)).network_loss, 0.1, 'a few segments say nothing new')
  kernel.write('proc/net/route', 'Iface\tDestination\n')
  assert.ok(await reader.read(never), 'no way out: all interfaces but the loopback')
})

theReaders('measure the agent itself', async () => {
  const reader = agentReader()
  try {
    for (let values = await reader.read(never); ; values = await reader.read(never)) {
      assert.ok((values.agent_memory ?? 0) > 1_000_000)
      if (values.agent_delay !== undefined) {
        assert.ok(values.agent_delay >= 0)
        break
      }
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
  } finally {
    reader.stop?.()
  }
})

theReaders('tell of the line: round trip, clock, what waits, the certificate', async () => {
  const { certificate } = await issue(undefined, { name: 't1' })
  let heard = false
  let shown: string | undefined
  const reader = linkReader({
    roundTrip: () => (heard ? 0.25 : undefined),
    clock: {
      now: () => Date.now(),
      get heard() {
        return heard
      },
    },
    wall: () => Date.now() + 90_000,
    outbox: { waiting: 3 },
    certificate: () => shown,
  })
  assert.equal(await reader.read(never), { outbox: 3 })
  heard = true
  shown = certificate
  const values = await reader.read(never)
  assert.is(values.network_rtt, 0.25)
  assert.ok(Math.abs((values.clock_offset ?? 0) - 90) < 1)
  assert.ok((values.certificate ?? 0) > 3600)
})

const printer: PrinterDescription = {
  ...{ makeAndModel: 'M', driver: 'ipp', state: 'idle', reasons: [], formats: [], colour: false },
  ...{ duplex: false, dpi: [300], impressions: 4321 },
  supplies: [
    { name: 'Black', type: 'toner', level: 40 },
    { name: 'Drum', type: 'opc', level: 15 },
    { name: 'Waste', type: 'wasteToner', level: 3 },
    { name: 'Odd', type: 'ink', level: null },
  ],
  trays: [
    { name: 'main', level: 100, capacity: 250 },
    { name: 'manual', level: null, capacity: 1 },
    { name: 'lower', level: 150, capacity: 250 },
  ],
}

theReaders('tell of devices what they said when they were looked at last', async () => {
  const reader = devicesReader(() => ({
    scanner: { present: false, ok: false, detail: 'gone' },
    printer: { present: true, ok: true, printer },
    camera: { present: false, ok: true, detail: 'is switched off' },
    screen: { present: true, ok: false },
  }))
  assert.equal(await reader.read(never), {
    ...{ kiosk: 0, scanner: 0, printer: 1, printer_pages: 4321 },
    ...{ printer_supply: 0.15, printer_paper: 0.5 },
  })
  const silent = { ...printer, supplies: [], trays: [] }
  Reflect.deleteProperty(silent, 'impressions')
  const bare = devicesReader(() => ({ printer: { present: true, ok: true, printer: silent } }))
  assert.equal(await bare.read(never), { printer: 1 })
})

/** An `upsd` that answers as the test says; its port. */
const upsd = async (answer: (line: string, socket: Socket) => void): Promise<Server & { port: number }> => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        answer(text.slice(0, end), socket)
        text = text.slice(end + 1)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return Object.assign(server, { port: typeof address === 'object' ? (address?.port ?? 0) : 0 })
}

const variables = (values: Record<string, string>) => (line: string, socket: Socket) => {
  if (line === 'LOGOUT') return void socket.end('OK Goodbye\n')
  const [, , ups, name = ''] = line.split(' ')
  socket.write(name in values ? `VAR ${ups} ${name} "${values[name]}"\n` : 'ERR VAR-NOT-SUPPORTED\n')
}

theReaders('ask a UPS for its charge and the mains', async () => {
  const said: Record<string, string> = { 'battery.charge': '83', 'ups.status': 'OL CHRG' }
  const server = await upsd(variables(said))
  const reader = upsReader({ name: 'shop', port: server.port })
  try {
    assert.equal(await reader.read(never), { ups_battery: 0.83, ups_on_mains: 1 })
    said['ups.status'] = 'OB DISCHRG LB'
    assert.equal(await reader.read(never), { ups_battery: 0.83, ups_on_mains: 0 })
    Object.assign(said, { 'battery.charge': '900', 'ups.status': 'WAIT' })
    assert.equal(await reader.read(never), {})
    Reflect.deleteProperty(said, 'ups.status')
    said['battery.charge'] = '50'
    assert.equal(await reader.read(never), { ups_battery: 0.5 })
  } finally {
    server.close()
  }
})

theReaders('bear a UPS that floods, is silent or is not there', async () => {
  const flood = await upsd((_, socket) => void socket.write('x'.repeat(10_000)))
  const mute = await upsd(() => {})
  try {
    const read = (port: number, signal = never) =>
      upsReader({ name: 'shop', port })
        .read(signal)
        .then(
          () => 'read',
          () => 'failed',
        )
    assert.is(await read(flood.port), 'failed')
    const over = new AbortController()
    const reading = read(mute.port, over.signal)
    over.abort()
    assert.is(await reading, 'failed')
    assert.is(await read(mute.port, AbortSignal.abort()), 'failed')
    mute.close()
    assert.is(await read(1), 'failed')
  } finally {
    flood.close()
  }
})

theReaders('are there for every source, and give nothing but known metrics in useful digits', async () => {
  const readers = readersOf({
    config: { dataFolder: scratch(), ups: { name: 'shop', port: 1 } },
    reports: () => ({}),
    roundTrip: () => 0.123456,
    clock: { now: () => Date.now(), heard: true },
    outbox: { waiting: 0 },
    certificate: () => undefined,
  })
  try {
    assert.ok(readers.some(({ name }) => name === 'ups'))
    const all = await Promise.all(readers.map((reader) => reader.read(never).catch(() => ({}))))
    const values = rounded(Object.assign({}, ...all))
    assert.ok(Object.keys(values).every((name) => (metricNames as readonly string[]).includes(name)))
    assert.is(values.network_rtt, 0.123)
    assert.ok(Object.is(rounded({ clock_offset: -0.01 }).clock_offset, 0))
    assert.equal(rounded({ agent_memory: 1_500_000, disk: 0.70904 }), { agent_memory: 1_048_576, disk: 0.71 })
  } finally {
    for (const reader of readers) reader.stop?.()
  }
})

theReaders.run()
