import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describePrinter, describeQueue } from '../../../../agent/capabilities/printer/ipp-description.ts'
import { decodeMessage, type IppAttributes, type IppValue } from '../../../../agent/devices/ipp/ipp.ts'
import { attributes } from '../../../support/ipp-server.ts'

const octets = (...texts: readonly string[]): IppValue[] =>
  texts.map((text) => ({ tag: 'octetString', value: Buffer.from(text) }))

const printerOf = (file: string): IppAttributes =>
  decodeMessage(readFileSync(file)).message.groups.find(({ tag }) => tag === 'printer')?.attributes ??
  new Map()

const description = suite('what a printer says of itself')

description('is read from a real reply', () => {
  const printer = describePrinter(printerOf('test/fixtures/ipp/printer-attributes.ipp'))
  assert.is(printer.makeAndModel, 'Avyl Simulated printer')
  assert.is(printer.colour, true)
  assert.is(printer.pagesPerMinute, 18)
  assert.equal(printer.dpi, [300, 600])
  assert.equal(printer.supplies[1], { name: 'Black Ink', type: 'ink', colour: 'black', level: 75 })
  assert.equal(printer.trays[0], { name: 'main', level: 250, capacity: 250 })
})

description('is unknown where it says nothing', () => {
  assert.equal(describePrinter(new Map()), {
    makeAndModel: '',
    driver: 'ipp',
    state: 'unknown',
    reasons: [],
    formats: [],
    colour: false,
    duplex: false,
    dpi: [],
    supplies: [],
    trays: [],
  })
})

description('keeps unknown levels unknown, never nought', () => {
  const { supplies, trays } = describePrinter(
    new Map([
      [
        'printer-supply',
        octets(
          'type=toner;unit=percent;maxcapacity=100;level=-2;colorantname=black;',
          'type=toner;unit=percent;maxcapacity=100;level=-3;',
          'type=opc;maxcapacity=12000;level=3000;',
          'type=toner;maxcapacity=-2;level=40;unit=percent',
          'type=toner;maxcapacity=-2;level=40;unit=impressions',
          'rubbish',
        ),
      ],
      [
        'printer-input-tray',
        octets(
          'name=auto;level=-2;maxcapacity=-2',
          'name=main;level=-3;maxcapacity=250',
          'name=by-pass;level=0',
        ),
      ],
    ]),
  )
  assert.equal(
    supplies.map(({ level }) => level),
    [null, null, 25, 40, null, null],
  )
  assert.equal(trays, [
    { name: 'main', level: null, capacity: 250 },
    { name: 'by-pass', level: 0, capacity: null },
  ])
})

description('is read from the markers of a CUPS queue', () => {
  const { supplies } = describePrinter(
    new Map([
      ...attributes({
        'marker-names': ['Black', 'Drum'],
        'marker-types': ['toner'],
        'marker-colors': ['#000000'],
      }),
      ['marker-levels', [85, -1].map((value): IppValue => ({ tag: 'integer', value }))] as const,
    ]),
  )
  assert.equal(supplies, [
    { name: 'Black', type: 'toner', colour: '#000000', level: 85 },
    { name: 'Drum', type: 'unknown', level: null },
  ])
})

description('counts dots in inches', () => {
  const { dpi } = describePrinter(
    new Map([
      ['printer-resolution-supported', [{ tag: 'resolution', value: { x: 118, y: 118, unit: 'dpcm' } }]],
    ]),
  )
  assert.equal(dpi, [300])
})

description('is no longer than the wire allows', () => {
  const many = Array.from({ length: 99 }, (_, index) => `reason-${index}-error`)
  const { makeAndModel, reasons, formats } = describePrinter(
    attributes({
      'printer-make-and-model': 'x'.repeat(999),
      'printer-state-reasons': many,
      'document-format-supported': many,
    }),
  )
  assert.is(makeAndModel.length, 200)
  assert.is(reasons.length, 50)
  assert.is(formats.length, 50)
})

description('takes the severity off each reason', () => {
  const { reasons } = describePrinter(
    attributes({
      'printer-state-reasons': ['toner-low-report', 'media-empty-warning', 'door-open-error', 'paused'],
    }),
  )
  assert.equal(
    reasons.map(({ reason, severity }) => [reason, severity]),
    [
      ['toner-low', 'report'],
      ['media-empty', 'warning'],
      ['door-open', 'error'],
      ['paused', 'error'],
    ],
  )
})

description('of a queue and its printer is one: stopped when either is', () => {
  const mfp = describePrinter(attributes({ 'printer-state': 3, 'printer-state-reasons': 'toner-low-report' }))
  const queue = describePrinter(
    attributes({ 'printer-state': 5, 'printer-state-reasons': ['paused', 'toner-low-warning'] }),
  )
  const both = describeQueue(queue, mfp)
  assert.is(both.state, 'stopped')
  assert.equal(
    both.reasons.map(({ reason, severity }) => `${reason} ${severity}`),
    ['toner-low report', 'paused error'],
  )
})

description.run()
