import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasMoved, type Sighting, showsMore } from '../../../agent/profiles/sighting.ts'
import { nothingThere } from '../../support/unknown-device.ts'

interface Seen {
  readonly scans?: readonly [host: string, model: string]
  readonly prints?: readonly [host: string, model: string]
}

/** What is seen and chosen where these answer, each at its address. */
const sighting = ({ scans, prints }: Seen): Sighting => {
  const url = `http://${scans?.[0]}/eSCL/`
  const uri = `ipp://${prints?.[0]}/ipp/print`
  return {
    choice: {
      terminal: 'generic',
      unknown: false,
      scanner: scans ? { driver: 'escl', url } : { driver: 'auto' },
      printer: prints ? { driver: 'ipp', uri } : { driver: 'auto' },
    },
    there: {
      ...nothingThere,
      escl: scans ? [{ url, over: 'network', makeAndModel: scans[1], document: '' }] : [],
      ipp: prints ? [{ uri, over: 'network', makeAndModel: prints[1], attributes: {} }] : [],
    },
  }
}

const ours = { scans: ['10.0.0.5', 'Acme 1'], prints: ['10.0.0.5', 'Acme 1'] } as const
const moved = { scans: ['10.0.0.9', 'Acme 1'], prints: ['10.0.0.9', 'Acme 1'] } as const
const foreign = { scans: ['10.0.0.7', 'Other 2'], prints: ['10.0.0.7', 'Other 2'] } as const
const { scans: foreignScans } = foreign

const sightings = suite('two sightings')

for (const [what, after, isMore, isMoved] of [
  ['the same device at another address', moved, true, true],
  ['its printer at another address, its scanner not yet', { prints: moved.prints }, true, true],
  ['another model', foreign, true, false],
  [
    'its printer at another address, and the scanner of another model',
    { ...moved, scans: foreignScans },
    true,
    false,
  ],
  [
    'its printer where it was, and the scanner of another model',
    { ...ours, scans: foreignScans },
    true,
    false,
  ],
  ['the same as before', ours, false, false],
  ['its printer alone', { prints: ours.prints }, false, false],
  ['nothing', {}, false, false],
] as const) {
  sightings(`tell of ${what}`, () => {
    const pair = [sighting(ours), sighting(after)] as const
    assert.equal([showsMore(...pair), hasMoved(...pair)], [isMore, isMoved])
  })
}

sightings.run()
