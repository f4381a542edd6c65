import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { canonical } from '../../protocol/canonical.ts'
import { defaultConfiguration, maxConfigurationBytes } from '../../protocol/configuration.ts'
import { configurationFaults, layerFaults } from '../../protocol/configuration-check.ts'
import { layers } from '../support/configurations.ts'

const paths = (faults: readonly { readonly path: string }[]) => faults.map(({ path }) => path)

const aConfiguration = suite('a configuration')

aConfiguration('is there without anyone saying anything', () => {
  assert.equal(configurationFaults(defaultConfiguration), [])
})

aConfiguration('is whole: one that lacks a member is told so', () => {
  const { scan: _, ...rest } = defaultConfiguration
  assert.equal(configurationFaults(rest).length, 1)
  assert.equal(configurationFaults({}).length > 0, true)
})

aConfiguration('fits in one message, however much is in it', () => {
  const hours = Array.from({ length: 6 }, (_, n) => ({ from: `0${n}:00`, to: `0${n}:30` }))
  const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
  const dates = Array.from({ length: 100 }, (_, n) =>
    new Date(Date.UTC(2027, 0, 1 + n)).toISOString().slice(0, 10),
  )
  const every = (names: string[]) => Object.fromEntries(names.map((name) => [name, hours]))
  const largest = {
    ...defaultConfiguration,
    openingHours: { timeZone: 'Asia/Yekaterinburg', week: every(days), exceptions: every(dates) },
  }
  assert.equal(configurationFaults(largest), [])
  assert.ok(Buffer.byteLength(canonical(largest)) < maxConfigurationBytes)
  const more = { openingHours: { exceptions: every([...dates, '2028-01-01']) } }
  assert.equal(paths(layerFaults(more)), ['/openingHours/exceptions'])
})

const aLayer = suite('a layer of a configuration')

aLayer('may name as little as it likes', () => {
  assert.equal(layerFaults({}), [])
  fc.assert(
    fc.property(layers, (layer) => assert.equal(layerFaults(layer), [])),
    { seed: 6, numRuns: 200 },
  )
})

aLayer('names each place that is wrong', () => {
  const faults = layerFaults({
    scan: { dpi: 7, mode: 'pink', depth: 3 },
    features: { scanner: null },
    languages: ['ru', 'ru'],
    volume: 11,
  })
  assert.equal(paths(faults).sort(), [
    '/features/scanner',
    '/languages',
    '/scan/depth',
    '/scan/dpi',
    '/scan/mode',
    '/volume',
  ])
})

aLayer('is an object', () => {
  for (const value of [null, 1, 'x', [], true]) assert.is(layerFaults(value).length > 0, true)
})

aLayer('has no hours that end before they begin, or overlap', () => {
  const hours = (...spans: [string, string][]) => ({
    openingHours: { week: { monday: spans.map(([from, to]) => ({ from, to })) } },
  })
  assert.equal(layerFaults(hours(['08:00', '12:00'], ['13:00', '24:00'])), [])
  assert.equal(paths(layerFaults(hours(['12:00', '08:00']))), ['/openingHours/week/monday/0'])
  assert.equal(paths(layerFaults(hours(['08:00', '12:00'], ['11:00', '13:00']))), [
    '/openingHours/week/monday/1',
  ])
  assert.equal(paths(layerFaults(hours(['8:00', '12:00']))), ['/openingHours/week/monday/0/from'])
})

aLayer('has exceptions on days that exist', () => {
  const on = (date: string) => layerFaults({ openingHours: { exceptions: { [date]: [] } } })
  assert.equal(on('2028-02-29'), [])
  assert.equal(paths(on('2027-02-29')), ['/openingHours/exceptions/2027-02-29'])
  assert.equal(paths(on('tomorrow')), ['/openingHours/exceptions/tomorrow'])
  const hostile = JSON.parse('{"openingHours":{"exceptions":{"__proto__":[]}}}')
  assert.is(layerFaults(hostile).length > 0, true)
})

aLayer('tells no more than can be read, however much is wrong', () => {
  const many = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`${'x'.repeat(300)}${n}`, n]))
  const faults = layerFaults(many)
  assert.ok(faults.length > 0 && faults.length <= 50)
  assert.ok(faults.every(({ path }) => path.length <= 200))
})

aConfiguration.run()
aLayer.run()
