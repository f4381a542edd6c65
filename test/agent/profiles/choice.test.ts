import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AgentConfig } from '../../../agent/config.ts'
import { choose, saysAll } from '../../../agent/profiles/choice.ts'
import { releaseProfiles } from '../../../agent/profiles/release.ts'
import { queueUri, type Surroundings } from '../../../agent/profiles/surroundings.ts'
import { matchMfp } from '../../../protocol/profile-matching.ts'
import { nothingThere } from '../../support/unknown-device.ts'

const { edition } = await releaseProfiles(undefined)

const told = (changes: Partial<AgentConfig> = {}) => ({
  profiles: { terminal: 'generic' },
  scanner: { driver: 'auto' as const },
  printer: { driver: 'auto' as const },
  ...changes,
})
const escl = (makeAndModel: string, over: 'network' | 'ipp-usb', url = 'http://192.0.2.7:80/eSCL/') => ({
  ...{ url, over, makeAndModel },
  document: '',
})
const ipp = (
  makeAndModel: string,
  over: 'network' | 'ipp-usb' | 'queue',
  uri = 'ipp://192.0.2.7/ipp/print',
) => ({
  ...{ uri, over, makeAndModel },
  attributes: {},
})
const usb = (id: string, ...interfaces: string[]) => ({ id, manufacturer: '', product: '', interfaces })
const there = (changes: Partial<Surroundings>): Surroundings => ({ ...nothingThere, ...changes })

const choice = suite('the choice of profiles')

choice('is none where nothing is there', () => {
  const { mfp, unknown, scanner, printer, terminal } = choose(edition, told(), nothingThere)
  assert.equal([mfp, unknown, scanner.driver, printer.driver], [undefined, false, 'auto', 'auto'])
  assert.is(terminal, 'generic')
})

choice('knows a model by its USB id and takes the SANE backend of its profile', () => {
  const chosen = choose(
    edition,
    told(),
    there({ usb: [usb('0bda:0129', 'ff/06/50'), usb('04a9:2759', '07/01/02')] }),
  )
  assert.is(chosen.mfp?.slug, 'canon/mf3010')
  assert.equal(chosen.scanner, { driver: 'sane' })
  assert.equal(chosen.sane, { backend: 'pixma', noWsd: false })
  assert.is(chosen.printer.driver, 'auto', 'there is no queue for it')
})

choice('knows a model by its name and takes the first of its ways that answers', () => {
  const mfp = 'Pantum BM5100ADW series'
  const usbOnly = there({
    usb: [usb('232b:5a11', '07/01/04')],
    escl: [escl(mfp, 'ipp-usb', 'http://127.0.0.1:60000/eSCL/')],
    ipp: [ipp(mfp, 'ipp-usb', 'ipp://127.0.0.1:60000/ipp/print')],
  })
  const chosen = choose(edition, told(), usbOnly)
  assert.is(chosen.mfp?.slug, 'pantum/bm5100adw')
  assert.equal(chosen.scanner, { driver: 'escl', url: 'http://127.0.0.1:60000/eSCL/' })
  assert.equal(chosen.printer, { driver: 'ipp', uri: 'ipp://127.0.0.1:60000/ipp/print' })
  const both = there({ ...usbOnly, escl: [...usbOnly.escl, escl(mfp, 'network')] })
  assert.is(choose(edition, told(), both).scanner.url, 'http://192.0.2.7:80/eSCL/', 'the network comes first')
})

choice('keeps to the port of a way, and to the own device among others of the network', () => {
  const kyocera = there({
    escl: [
      escl('Brother DCP-L2530DW', 'network', 'http://192.0.2.8:80/eSCL/'),
      escl('ECOSYS M5526cdw', 'network', 'http://192.0.2.9:9095/eSCL/'),
    ],
    ipp: [ipp('Kyocera ECOSYS M5526cdw', 'network', 'ipp://192.0.2.9/ipp/print')],
  })
  const chosen = choose(edition, told(), kyocera)
  assert.is(chosen.mfp?.slug, 'kyocera/ecosys-m5526cdw', 'two signs outweigh one')
  assert.is(chosen.scanner.url, 'http://192.0.2.9:9095/eSCL/')
})

choice('leaves a scanner alone that no agent can use, and prints', () => {
  const kyocera = there({ ipp: [ipp('Kyocera ECOSYS M2035dn', 'network')] })
  const { mfp, scanner, printer } = choose(edition, told(), kyocera)
  assert.equal([mfp?.slug, scanner.driver, printer.driver], ['kyocera/ecosys-m2035dn', 'auto', 'ipp'])
})

choice('falls back on another way of the model when its first one is not there', () => {
  const hp = there({ usb: [usb('04a9:2823', '07/01/02')] })
  const { mfp, scanner, sane } = choose(edition, told(), hp)
  assert.equal([mfp?.slug, scanner.driver, sane?.backend], ['canon/mf440', 'sane', 'pixma'])
  const brother = there({ ipp: [ipp('Brother DCP-1510 series, driverless', 'queue', queueUri)] })
  assert.is(choose(edition, told(), brother).printer.uri, queueUri)
})

choice('turns WS-Discovery off where the model does it badly', () => {
  const seen = there({
    announced: [{ service: 'ipp', host: '192.0.2.7', port: 631, type: 'Xerox B215 MFP', path: 'ipp/print' }],
  })
  const { mfp, sane } = choose(edition, told(), seen)
  assert.is(mfp?.slug, 'xerox/b215')
  assert.equal(sane, { backend: 'airscan', noWsd: true })
})

choice('goes not over ipp-usb to a model with usbBlacklistedInIppUsb', () => {
  const hp = edition.mfps.find(({ slug }) => slug === 'hp/laser-mfp-135')
  if (!hp) throw new Error('the profile is missing')
  const overUsb = { way: 'escl' as const, over: 'ipp-usb' as const }
  const printOverUsb = { way: 'ipp' as const, over: 'ipp-usb' as const }
  const careless = { ...hp, scan: { ways: [overUsb] }, print: { ways: [printOverUsb] } }
  const name = 'HP Laser MFP 131 133 135-138'
  const seen = there({ escl: [escl(name, 'ipp-usb')], ipp: [ipp(name, 'ipp-usb')] })
  const barred = choose({ ...edition, mfps: [careless] }, told(), seen)
  assert.equal([barred.scanner.driver, barred.printer.driver], ['auto', 'auto'])
  const free = choose({ ...edition, mfps: [{ ...careless, quirks: [] }] }, told(), seen)
  assert.equal([free.scanner.driver, free.printer.driver], ['escl', 'ipp'])
})

choice('runs what nobody knows as generic, and says so', () => {
  const seen = there({ usb: [usb('1234:abcd', '07/01/04')], escl: [escl('Katusha M240', 'ipp-usb')] })
  const { mfp, unknown, scanner } = choose(edition, told(), seen)
  assert.equal([mfp?.slug, unknown, scanner.driver], ['generic', true, 'escl'])
  const silent = choose(edition, told(), there({ usb: [usb('1234:abcd', '07/01/02')] }))
  assert.equal([silent.mfp?.slug, silent.scanner.driver, silent.sane], ['generic', 'sane', { noWsd: false }])
  const keyboard = choose(edition, told(), there({ usb: [usb('1234:abcd', '03/01/01')] }))
  assert.equal([keyboard.mfp, keyboard.unknown], [undefined, false])
})

choice('lets the configuration go before the profile', () => {
  const seen = there({ usb: [usb('04a9:2759', '07/01/02')] })
  const scanner = { driver: 'escl' as const, url: 'http://192.0.2.1/eSCL/' }
  const chosen = choose(
    edition,
    told({ scanner, profiles: { terminal: 'generic', mfp: 'canon/mf230' } }),
    seen,
  )
  assert.is(chosen.mfp?.slug, 'canon/mf230')
  assert.equal(chosen.scanner, scanner)
  assert.is(chosen.sane, undefined)
})

choice('knows an infomat by what its firmware says', () => {
  const [known] = edition.terminals
  if (!known) throw new Error('there are no infomats')
  const infomat = {
    ...known,
    slug: 'test-t1',
    match: { dmi: [{ vendor: 'KB Test*', product: 'Infomat T1' }] },
  }
  const with1 = { ...edition, terminals: [...edition.terminals, infomat] }
  const seen = there({ dmi: { vendor: 'KB TEST Ltd', product: 'Infomat T1', board: '' } })
  assert.is(choose(with1, told(), seen).terminal, 'test-t1')
  assert.is(choose(with1, told({ profiles: { terminal: 'iskra-infomat' } }), seen).terminal, 'iskra-infomat')
  assert.is(
    choose(with1, told(), there({ dmi: { vendor: 'KB Test', product: 'Other', board: '' } })).terminal,
    'generic',
  )
})

choice('has nothing to look for when the configuration says it all', () => {
  const none = { scanner: { driver: 'none' as const }, printer: { driver: 'fake' as const } }
  assert.ok(saysAll(told(none)))
  assert.not(saysAll(told()))
  const named = { scanner: { driver: 'sane' as const }, printer: { driver: 'none' as const } }
  assert.not(saysAll(told(named)), 'the model still has to be known')
  assert.ok(saysAll(told({ ...named, profiles: { terminal: 'simulated' } })))
})

choice('never finds two profiles for one device, whatever it calls itself', () => {
  const real = edition.mfps.flatMap(({ match }) => [...(match.ipp ?? []), ...(match.escl ?? [])])
  const name = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc
      .tuple(fc.constantFrom(...real), fc.string({ maxLength: 20 }))
      .map(([pattern, rest]) => pattern.replaceAll('*', rest)),
  )
  fc.assert(
    fc.property(name, (said) => {
      const fits = edition.mfps.filter(
        (profile) => matchMfp([profile], { usb: [], ipp: [said], mdns: [said], escl: [said] }) !== undefined,
      )
      assert.ok(fits.length <= 1, `${said}: ${fits.map(({ slug }) => slug).join(', ')}`)
    }),
    { seed: 21, numRuns: 2000 },
  )
})

choice('holds out against any surroundings', () => {
  const text = fc.string({ maxLength: 120 })
  const port = fc.integer({ min: 1, max: 65_535 })
  const over = fc.constantFrom('network' as const, 'ipp-usb' as const)
  const anything = fc.record({
    dmi: fc.record({ vendor: text, product: text, board: text }),
    usb: fc.array(
      fc.record({
        id: text,
        manufacturer: text,
        product: text,
        interfaces: fc.array(text, { maxLength: 4 }),
      }),
      { maxLength: 4 },
    ),
    escl: fc.array(
      fc.record({
        url: port.map((at) => `http://192.0.2.1:${at}/eSCL/`),
        over,
        makeAndModel: text,
        document: text,
      }),
      { maxLength: 4 },
    ),
    ipp: fc.array(fc.record({ uri: text, over, makeAndModel: text, attributes: fc.constant({}) }), {
      maxLength: 4,
    }),
    announced: fc.array(
      fc.record({
        service: fc.constantFrom('escl' as const, 'ipp' as const),
        host: text,
        port,
        type: text,
        path: text,
      }),
      { maxLength: 4 },
    ),
  })
  fc.assert(
    fc.property(anything, (seen) => {
      const { mfp, unknown } = choose(edition, told(), seen)
      if (unknown) assert.is(mfp?.slug, 'generic')
    }),
    { seed: 22, numRuns: 500 },
  )
})

choice.run()
