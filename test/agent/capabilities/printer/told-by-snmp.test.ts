import { Check } from 'typebox/value'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { unknownModel } from '../../../../agent/capabilities/device-profile.ts'
import { openDevices } from '../../../../agent/capabilities/devices.ts'
import { createFakePrinter } from '../../../../agent/capabilities/printer/fake.ts'
import { snmpHostOf, toldBySnmp } from '../../../../agent/capabilities/printer/told-by-snmp.ts'
import { parseConfig } from '../../../../agent/config.ts'
import type { PrinterMib } from '../../../../agent/devices/snmp/snmp.ts'
import { PrinterDescription } from '../../../../protocol/capabilities/printer.ts'
import { scratch, silent } from '../../../support/agent-parts.ts'
import { attributes, serveIpp } from '../../../support/ipp-server.ts'
import { octets, serveSnmp, whole } from '../../../support/snmp-agent.ts'

const never = new AbortController().signal
const minute = 60_000
const toner = { name: 'Black Toner', type: 'toner', level: 40 }
const paper = { name: 'Tray 1', level: 100, capacity: 250 }
const told: PrinterMib = { impressions: 1200, supplies: [toner], trays: [paper] }
const unknown = { supplies: [{ ...toner, level: null }], trays: [{ ...paper, level: null }] }

/** A reader that tells these one after the other, and then the last one for ever; `undefined` is silence. */
const readerOf = (...answers: readonly (PrinterMib | undefined)[]) => {
  const asked = { times: 0 }
  return {
    asked,
    read: async () => {
      const answer = answers[Math.min(asked.times, answers.length - 1)]
      asked.times += 1
      if (answer === undefined) throw new Error('silence')
      return answer
    },
  }
}
const clockOf = () => {
  let at = 0
  return { now: () => at, pass: (ms: number) => (at += ms) }
}

const snmp = suite('a printer told of by SNMP')

snmp('has from SNMP what IPP leaves out, and from IPP what it says', async () => {
  const { now } = clockOf()
  const cases: readonly (readonly [Partial<PrinterDescription>, Partial<PrinterDescription>])[] = [
    [{}, { impressions: 1200 }],
    [
      { ...unknown, impressions: 7 },
      { impressions: 7, supplies: [toner], trays: [paper] },
    ],
    [
      { supplies: [], trays: [] },
      { impressions: 1200, supplies: [toner], trays: [paper] },
    ],
  ]
  for (const [own, expected] of cases) {
    const printer = createFakePrinter(own)
    const itself = await printer.describe(never)
    const described = await toldBySnmp(printer, readerOf(told), 'ipp', now).describe(never)
    assert.equal(described, { ...itself, ...expected })
  }
})

snmp('is not asked where IPP says all, unless its model says it badly', async () => {
  const printer = createFakePrinter({ impressions: 7 })
  const reader = readerOf(told)
  const itself = await printer.describe(never)
  assert.equal(await toldBySnmp(printer, reader, 'ipp').describe(never), itself)
  assert.is(reader.asked.times, 0)
  assert.equal(await toldBySnmp(printer, reader, 'snmp').describe(never), {
    ...itself,
    ...told,
    impressions: 7,
  })
  const ignorant = readerOf({ supplies: unknown.supplies, trays: [] })
  assert.equal(await toldBySnmp(printer, ignorant, 'snmp').describe(never), itself)
})

snmp('is asked once a minute at most, by all who wait together once', async () => {
  const { now, pass } = clockOf()
  const reader = readerOf(told, { ...told, impressions: 1300 })
  const driver = toldBySnmp(createFakePrinter(), reader, 'ipp', now)
  const both = await Promise.all([driver.describe(never), driver.describe(never)])
  pass(minute - 1)
  const still = await driver.describe(never)
  assert.equal(
    [...both, still].map(({ impressions }) => impressions),
    [1200, 1200, 1200],
  )
  assert.is(reader.asked.times, 1)
  pass(1)
  assert.is((await driver.describe(never)).impressions, 1300)
})

snmp('is left alone for ten minutes when it is silent, and loses nothing by one lost answer', async () => {
  const { now, pass } = clockOf()
  const reader = readerOf(undefined, told, undefined)
  const printer = createFakePrinter()
  const driver = toldBySnmp(printer, reader, 'ipp', now)
  assert.equal(await driver.describe(never), await printer.describe(never))
  pass(10 * minute - 1)
  await driver.describe(never)
  assert.is(reader.asked.times, 1)
  pass(1)
  assert.is((await driver.describe(never)).impressions, 1200)
  pass(minute)
  assert.is((await driver.describe(never)).impressions, 1200)
  pass(9 * minute)
  assert.is((await driver.describe(never)).impressions, undefined)
  assert.is(reader.asked.times, 4)
})

snmp('prints as ever, and is described no longer than it is wanted', async () => {
  const printer = createFakePrinter()
  const driver = toldBySnmp(printer, readerOf(told), 'ipp')
  const job = {
    file: '/a',
    mediaType: 'application/pdf',
    name: 'a',
    copies: 1,
    duplex: 'none',
    ranges: [],
    colour: false,
  } as const
  const done = await driver.print(
    job,
    never,
    () => {},
    async () => {},
  )
  assert.equal([done.state, printer.jobs.length], ['completed', 1])
  const stop = new AbortController()
  const reader = {
    async read() {
      stop.abort(new Error('no more'))
      return told
    },
  }
  const stopped = toldBySnmp(printer, reader, 'ipp').describe(stop.signal)
  assert.is(await stopped.catch((error: Error) => error.message), 'no more')
})

snmp('is looked for at its own address, and on this machine never', () => {
  assert.is(snmpHostOf('ipp://192.168.1.20/ipp/print', 'ipp'), '192.168.1.20')
  assert.is(snmpHostOf('ipps://[fe80::2]:631/ipp/print', 'snmp', 'elsewhere'), 'fe80::2')
  for (const here of ['ipp://localhost:60000/ipp/print', 'ipp://127.0.0.1/ipp', 'ipp://[::1]/ipp']) {
    assert.is(snmpHostOf(here, 'ipp', '192.168.1.20'), undefined)
    assert.is(snmpHostOf(here, 'snmp'), undefined)
    assert.is(snmpHostOf(here, 'snmp', '192.168.1.20'), '192.168.1.20')
  }
  assert.is(snmpHostOf('ipp://192.168.1.20/ipp/print', 'none', '192.168.1.20'), undefined)
})

snmp('is asked as the configuration says, behind a queue that knows no levels', async () => {
  const queue = await serveIpp(() => ({
    code: 0,
    groups: [
      { tag: 'printer', attributes: attributes({ 'printer-state': 3, 'sides-supported': 'one-sided' }) },
    ],
  }))
  const agent = await serveSnmp(
    {
      '1.3.6.1.2.1.43.8.2.1': [whole(9, [250]), whole(10, [30])],
      '1.3.6.1.2.1.43.10.2.1': [whole(4, [4711])],
      '1.3.6.1.2.1.43.11.1.1': [
        octets(6, Array(60).fill('Toner')),
        whole(8, Array(60).fill(50)),
        whole(9, Array(60).fill(10)),
      ],
    },
    { community: 'village' },
  )
  const config = parseConfig({
    dataFolder: scratch(),
    scanner: { driver: 'none' },
    printer: { driver: 'ipp', uri: queue.uri },
    mfpHost: '127.0.0.1',
    snmp: { community: 'village', port: agent.port },
  })
  const { printer } = await openDevices(config, silent, { ...unknownModel, supplies: 'snmp' })
  const described = await printer.describe(never)
  assert.ok(Check(PrinterDescription, described))
  assert.equal(
    [described.impressions, described.supplies.length, described.supplies[0]?.level],
    [4711, 50, 20],
  )
  assert.equal(described.trays, [{ name: '', level: 30, capacity: 250 }])
  await agent.stop()
  await queue.stop()
})

snmp.run()
