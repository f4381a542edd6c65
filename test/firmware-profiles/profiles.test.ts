import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Compile } from 'typebox/compile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { schemaFiles, withTables } from '../../fleet/profiles/schema-files.ts'
import { MfpProfile, TerminalProfile } from '../../protocol/firmware-profile.ts'
import { matchMfp, sharedMfpSign, sharedTerminalSign } from '../../protocol/profile-matching.ts'
import { findQuirk, quirkNames } from '../../protocol/quirks.ts'
import { profilesFolder, readProfileFiles } from '../../provisioning/built-in-profiles.ts'
import { quirkTests } from './quirk-tests.ts'

const checks = { mfps: Compile(MfpProfile), terminals: Compile(TerminalProfile) }
const files = await readProfileFiles()
const mfps = files.filter(({ kind }) => kind === 'mfps').map(({ content }) => content as MfpProfile)
const terminals = files
  .filter(({ kind }) => kind === 'terminals')
  .map(({ content }) => content as TerminalProfile)
const real = ({ slug }: { readonly slug: string }) => slug !== 'generic' && slug !== 'simulated'

const profiles = suite('the firmware profiles')

for (const { kind, slug, content } of files) {
  profiles(`are valid and lie where their slug says: ${kind}/${slug}`, () => {
    assert.equal(
      checks[kind].Errors(content).map(({ instancePath, message }) => `${instancePath} ${message}`),
      [],
    )
    assert.is((content as { slug: string }).slug, slug)
  })
}

profiles('cover 25 printers and 3 infomats at least, and what is not known or not real', () => {
  assert.ok(mfps.filter(real).length >= 25)
  assert.ok(terminals.filter(real).length >= 3)
  for (const list of [mfps, terminals]) {
    assert.equal(
      list.filter((profile) => !real(profile)).map(({ slug }) => slug),
      ['generic', 'simulated'],
    )
  }
})

profiles('never claim the same device twice', () => {
  const shared: string[] = []
  for (const [index, one] of mfps.entries()) {
    for (const other of mfps.slice(index + 1)) {
      const sign = sharedMfpSign(one.match, other.match)
      if (sign !== undefined) shared.push(`${one.slug} and ${other.slug}: ${sign}`)
    }
  }
  for (const [index, one] of terminals.entries()) {
    for (const other of terminals.slice(index + 1)) {
      const sign = sharedTerminalSign(one.match, other.match)
      if (sign !== undefined) shared.push(`${one.slug} and ${other.slug}: ${sign}`)
    }
  }
  assert.equal(shared, [])
})

profiles('are each found by each of their own signs', () => {
  const nothing = { usb: [], ipp: [], mdns: [], escl: [] }
  for (const profile of mfps) {
    for (const kind of ['usb', 'ipp', 'mdns', 'escl'] as const) {
      for (const sign of profile.match[kind] ?? []) {
        const name = sign.replaceAll('*', kind === 'usb' ? '' : 'x')
        assert.is(matchMfp(mfps, { ...nothing, [kind]: [name] })?.slug, profile.slug, name)
      }
    }
  }
})

profiles('have a sign, sources and a last resort when they are of real models', () => {
  for (const profile of mfps.filter(real)) {
    assert.ok(Object.values(profile.match).flat().length > 0, `${profile.slug} can be known`)
    assert.ok(profile.sources.length > 0, `${profile.slug} has a source`)
    assert.is(profile.recovery.at(-1)?.step, 'call-technician', profile.slug)
  }
  for (const profile of terminals.filter(real)) assert.ok(profile.sources.length > 0, profile.slug)
})

profiles('name each quirk once, and none that could have no effect', () => {
  for (const { slug, quirks, scan, print } of mfps) {
    const names = quirks.map(({ quirk }) => quirk)
    assert.is(new Set(names).size, names.length, slug)
    const ways = scan?.ways ?? []
    const unfit = findQuirk(quirks, 'wsdOnly') ?? findQuirk(quirks, 'panelPress')
    if (unfit) assert.equal(ways, [], `${slug} cannot scan`)
    else if (scan) assert.ok(ways.length > 0, `${slug} has a way to scan`)
    if (findQuirk(quirks, 'noWsd')) {
      assert.ok(
        ways.some((way) => way.way === 'sane' && way.backend === 'airscan'),
        `${slug} may meet WSD`,
      )
    }
    if (findQuirk(quirks, 'usbBlacklistedInIppUsb')) {
      assert.not(
        [...ways, ...(print?.ways ?? [])].some((way) => 'over' in way && way.over === 'ipp-usb'),
        `${slug} is not behind ipp-usb`,
      )
    }
    if (findQuirk(quirks, 'feederDpiMax')) assert.is(scan?.feeder, true, slug)
    if (findQuirk(quirks, 'greyOnly')) assert.is(print?.colour, false, slug)
  }
})

profiles('name only quirks that have a test, and the test speaks of them', () => {
  assert.equal(Object.keys(quirkTests).toSorted(), quirkNames.toSorted())
  for (const [name, file] of Object.entries(quirkTests)) {
    assert.ok(existsSync(file), `${name}: ${file} is there`)
    assert.ok(readFileSync(file, 'utf8').includes(name), `${file} speaks of ${name}`)
  }
})

profiles('have schema documents and tables that are up to date', async () => {
  for (const [name, text] of Object.entries(schemaFiles())) {
    const written = await readFile(join(profilesFolder, name), 'utf8')
    assert.equal(JSON.parse(written), JSON.parse(text), `${name}: node fleet/profiles/write-schema-files.ts`)
  }
  const page = await readFile(join(profilesFolder, 'README.md'), 'utf8')
  assert.is(withTables(page), page, 'README.md: node fleet/profiles/write-schema-files.ts')
  for (const word of ['dmi', 'maxArea', ...quirkNames]) assert.ok(page.includes(word), word)
})

profiles.run()
