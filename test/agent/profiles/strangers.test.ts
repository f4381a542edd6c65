import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createModelsInUse, withoutStrangers } from '../../../agent/profiles/strangers.ts'
import type { Surroundings } from '../../../agent/profiles/surroundings.ts'
import { nothingThere } from '../../support/unknown-device.ts'

type Over = Surroundings['escl'][number]['over']

/** A device that is there; one on the network announces itself. */
const at = (host: string, scans: string, prints = scans, over: Over = 'network'): Surroundings => ({
  ...nothingThere,
  escl: [{ url: `http://${host}/eSCL/`, over, makeAndModel: scans, document: '' }],
  ipp: [{ uri: `ipp://${host}:631/ipp/print`, over, makeAndModel: prints, attributes: {} }],
  announced: over === 'network' ? [{ service: 'ipp', host, port: 631, type: prints, path: 'ipp/print' }] : [],
})
const both = (one: Surroundings, other: Surroundings): Surroundings => ({
  ...one,
  escl: [...one.escl, ...other.escl],
  ipp: [...one.ipp, ...other.ipp],
  announced: [...one.announced, ...other.announced],
})

const own = at('10.0.0.5', 'Acme 1 series', 'Acme 1')
const foreign = at('10.0.0.7', 'Other 2')
const models = ['Acme 1', 'Acme 1 series']

const strangers = suite('strangers on the network')

strangers('are left out, announcement and all', () => {
  assert.equal(withoutStrangers(both(own, foreign), models, {}), own)
  assert.equal(withoutStrangers(foreign, models, {}), nothingThere)
})

strangers('are not the terminal’s own at a new address, nor its scanner whose name is another one', () => {
  const moved = at('10.0.0.9', 'Acme 1 series', 'Acme 1')
  assert.equal(withoutStrangers(moved, ['Acme 1'], {}), moved)
})

strangers('are not what was named by address', () => {
  for (const places of [
    { host: '10.0.0.7' },
    { scannerUrl: 'http://10.0.0.7/eSCL/' },
    { printerUri: 'ipp://10.0.0.7:631/ipp/print' },
  ])
    assert.equal(withoutStrangers(foreign, models, places), foreign)
})

strangers('are not what hangs at the machine', () => {
  const swapped = at('127.0.0.1', 'Other 2', 'Other 2', 'ipp-usb')
  assert.equal(withoutStrangers(swapped, models, {}), swapped)
})

strangers('are all but the models that were chosen, which are remembered', () => {
  const choice = (scanner: object, printer: object) => ({
    terminal: 'generic',
    unknown: false,
    scanner: { driver: 'auto', ...scanner } as const,
    printer: { driver: 'auto', ...printer } as const,
  })
  const there = both(own, foreign)
  const kept = new Map<string, string>()
  const marks = {
    get: (name: string) => kept.get(name),
    set: (name: string, value: string) => void kept.set(name, value),
  }
  const inUse = createModelsInUse(marks, { scanner: true, printer: true })
  inUse.remember({ choice: choice({}, {}), there })
  assert.is(inUse.known(), undefined)
  const printer = { driver: 'ipp', uri: 'ipp://10.0.0.5:631/ipp/print' }
  inUse.remember({ choice: choice({}, printer), there })
  assert.equal(inUse.known(), models)
  inUse.remember({ choice: choice({ driver: 'sane' }, {}), there })
  assert.equal(inUse.known(), [])
  const named = createModelsInUse({ ...marks, get: () => undefined }, { scanner: true, printer: false })
  named.remember({ choice: choice({}, printer), there })
  assert.is(kept.get('profiles.models'), '', 'a printer that was named tells nothing')
})

strangers.run()
