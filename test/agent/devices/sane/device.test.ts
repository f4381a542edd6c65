import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  initialise,
  listDevices,
  openDevice,
  type SaneDevice,
} from '../../../../agent/devices/sane/device.ts'
import { loadLibrary } from '../../../../agent/devices/sane/library.ts'
import type { OptionValue } from '../../../../agent/devices/sane/option.ts'
import { SaneError, type SaneFailure } from '../../../../agent/devices/sane/status.ts'
import { writeSaneConfiguration } from '../../../../simulator/sane.ts'

const assertFails = (act: () => unknown, status: SaneFailure): void => {
  try {
    act()
  } catch (thrown) {
    assert.instance(thrown, SaneError)
    assert.is((thrown as SaneError).status, status)
    return
  }
  assert.unreachable('nothing was thrown')
}

const configDir = await mkdtemp(join(tmpdir(), 'avyl-sane-'))
await writeSaneConfiguration(configDir)
process.env.SANE_CONFIG_DIR = configDir
const library = loadLibrary()
const version = initialise(library)

const binding = suite('the binding of libsane reads the test backend')
let device: SaneDevice
binding.before.each(() => {
  device = openDevice(library, 'test:0')
})
binding.after.each(() => device.close())
binding.after(async () => {
  library.exit()
  await rm(configDir, { recursive: true })
})

const option = (name: string) => {
  const found = device.options().find((one) => one.name === name)
  if (found === undefined) throw new Error(`no option ${name}`)
  return found
}

binding('and knows its version', () => {
  assert.is(version[0], 1)
  assert.is(version.length, 3)
})

binding('and lists it', () => {
  assert.equal(listDevices(library), [
    { name: 'test:0', vendor: 'Noname', model: 'frontend-tester', type: 'virtual device' },
  ])
})

binding('and decodes all of its 57 options', () => {
  const options = device.options()
  assert.is(options.length, 57)
  assert.is(device.get(''), 57)
  assert.equal(
    options.map(({ index }) => index),
    options.map((_, at) => at),
  )
  const types = Object.groupBy(options, ({ type }) => type)
  assert.is(types.group?.length, 8)
  assert.is(types.button?.length, 2)
})

binding('and gives those that are asked for as they are among all', () => {
  assert.equal(device.options(['resolution', 'no such', 'mode']), [option('resolution'), option('mode')])
})

binding('and reads each kind of constraint', () => {
  assert.equal(option('mode').constraint, { kind: 'strings', values: ['Gray', 'Color'] })
  assert.equal(option('depth').constraint, { kind: 'numbers', values: [1, 8, 16] })
  assert.equal(option('resolution').constraint, { kind: 'range', min: 1, max: 1200, step: 1 })
  assert.equal(option('read-limit').constraint, { kind: 'none' })
  assert.is(option('resolution').unit, 'dpi')
  assert.is(option('resolution').type, 'fixed')
  assert.is(option('read-delay-duration').unit, 'microsecond')
  assert.is(option('print-options').type, 'button')
  const fixed = option('fixed-constraint-word-list').constraint
  assert.ok(fixed.kind === 'numbers' && fixed.values.some((value) => Math.abs(value - 12.1) < 1e-4))
})

binding('and tells what may be done with an option now', () => {
  assert.ok(option('mode').active && option('mode').settable)
  device.set('mode', 'Gray')
  assert.not.ok(option('three-pass').active)
  assert.not.ok(option('bool-hard-select').settable)
  assert.ok(option('bool-hard-select').capabilities.hardSelect)
  assert.ok(option('bool-soft-select-soft-detect-emulated').capabilities.emulated)
  assert.ok(option('bool-soft-select-soft-detect-auto').capabilities.automatic)
  device.set('mode', 'Color')
  assert.ok(option('three-pass').active, 'the options follow the mode')
})

binding('and sets and reads every type of value', () => {
  device.set('enable-test-options', true)
  const values: Record<string, OptionValue> = {
    'bool-soft-select-soft-detect': true,
    int: -7,
    'int-constraint-array': [1, 2, 3, -4, 5, 6],
    fixed: 21.5,
    string: 'Кәгазь',
    'string-constraint-string-list': 'Second entry',
  }
  for (const [name, value] of Object.entries(values)) {
    assert.equal(device.set(name, value), value)
    assert.equal(device.get(name), value)
  }
})

binding('and refuses a value that the device would change', () => {
  device.set('enable-test-options', true)
  assertFails(() => device.set('resolution', 9999), 'INEXACT')
  assertFails(() => device.set('int-constraint-range', 5), 'INEXACT')
  assert.is(device.set('int-constraint-range', 5, 1), 6)
})

binding('and refuses a value that the option cannot hold', () => {
  device.set('enable-test-options', true)
  const wrong: [string, OptionValue][] = [
    ['mode', 'Sepia'],
    ['mode', 7],
    ['mode', 'Gray\0'],
    ['mode', 'x'.repeat(200)],
    ['read-limit', 1],
    ['int', 1.5],
    ['int', 2 ** 40],
    ['int', true],
    ['int-constraint-array', [1, 2]],
    ['fixed', Number.NaN],
    ['fixed', 1e9],
  ]
  for (const [name, value] of wrong) assertFails(() => device.set(name, value), 'INVAL')
})

binding('and refuses options that are not there, not active or not settable', () => {
  assertFails(() => device.get('no-such-option'), 'INVAL')
  assertFails(() => device.set('invert-endianess', true), 'INVAL')
  assertFails(() => device.set('', 3), 'INVAL')
  assertFails(() => device.set('print-options', true), 'INVAL')
  device.set('enable-test-options', true)
  assertFails(() => device.set('bool-hard-select', true), 'INVAL')
})

binding('and starts, reads and cancels a page', () => {
  device.set('mode', 'Gray')
  device.set('resolution', 100)
  device.set('br-x', 50)
  device.set('br-y', 25.5)
  device.start()
  assert.equal(device.parameters(), {
    format: 'grey',
    lastFrame: true,
    bytesPerLine: 196,
    pixelsPerLine: 196,
    lines: 100,
    depth: 8,
  })
  const first = device.read(new Uint8Array(1000))
  assert.equal(first, { status: 'GOOD', length: 1000 })
  device.cancel()
  assert.equal(device.read(new Uint8Array(1000)), { status: 'CANCELLED', length: 0 })
  device.start()
  device.cancel()
})

binding('and names what the library answers', () => {
  assertFails(() => openDevice(library, 'test:9'), 'INVAL')
  assertFails(() => openDevice(library, 'test:0'), 'DEVICE_BUSY')
})

binding('and says when the library is missing', () => {
  assertFails(() => loadLibrary('libsane-of-nowhere.so.1'), 'UNAVAILABLE')
})

binding.run()
