import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ProblemError } from '../../../fleet/problem.ts'
import { Profiles } from '../../../fleet/profiles/profiles.ts'
import { type Database, openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import type { MfpProfile, ProfilesEdition } from '../../../protocol/firmware-profile.ts'
import { type ProfileFile, readProfileFiles } from '../../../provisioning/built-in-profiles.ts'
import { StoppedClock } from '../../support/fleet.ts'

const files = await readProfileFiles()
const base = files.find(({ slug }) => slug === 'xerox/b205')?.content as MfpProfile
const made = (slug: string, name: string): MfpProfile => ({ ...base, slug, match: { ipp: [name] } })
const start = async (database: Database, release: readonly ProfileFile[] = files) => {
  const profiles = new Profiles({ database, clock: new StoppedClock(), release: async () => release })
  await profiles.start()
  return profiles
}
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (thrown: ProblemError) => `${thrown.code}: ${thrown.message}`,
  )

let database: Database
const fleet = suite('the profiles of a fleet')
fleet.before.each(async () => {
  database = await openDatabase(sqliteDialect(':memory:', 'normal'))
})
fleet.after.each(() => database.destroy())

fleet('begin with those of the release, under one name for the same profiles', async () => {
  const profiles = await start(database)
  assert.is(profiles.list().length, files.length)
  assert.ok(profiles.list().every(({ origin, version }) => origin === 'release' && version === 0))
  const { sha256 } = profiles.reference
  assert.is((await start(database)).reference.sha256, sha256)
  const text = gunzipSync((await profiles.packed(sha256)) ?? Buffer.alloc(0)).toString('utf8')
  assert.is(createHash('sha256').update(text).digest('hex'), sha256)
  const edition = JSON.parse(text) as ProfilesEdition
  assert.equal(
    edition.mfps.map(({ slug }) => slug),
    edition.mfps.map(({ slug }) => slug).toSorted(),
  )
  assert.is(await profiles.packed('0'.repeat(64)), undefined)
})

fleet('are added to and replaced; each time there is a new edition, and the old one stays', async () => {
  const profiles = await start(database)
  const before = profiles.reference.sha256
  const added = await profiles.put('mfps', 'katusha/m240', made('katusha/m240', 'Katusha M240*'), 'u1')
  assert.equal([added.origin, added.version], ['fleet', 1])
  const between = profiles.reference.sha256
  const replaced = await profiles.put('mfps', 'xerox/b205', { ...base, notes: ['seen'] }, 'u1')
  assert.equal([replaced.origin, replaced.version], ['fleet', 1])
  assert.is(new Set([before, between, profiles.reference.sha256]).size, 3)
  assert.ok(await profiles.has(before))
  const again = await start(database)
  assert.is(again.reference.sha256, profiles.reference.sha256, 'it outlives a restart')
  assert.is(again.get('mfps', 'katusha/m240')?.origin, 'fleet')
})

fleet('go back to those of the release when their own are taken away', async () => {
  const profiles = await start(database)
  const before = profiles.reference.sha256
  await profiles.put('mfps', 'xerox/b205', { ...base, notes: ['seen'] }, 'u1')
  await profiles.put('mfps', 'katusha/m240', made('katusha/m240', 'Katusha M240*'), 'u1')
  await profiles.remove('mfps', 'xerox/b205', 'u1')
  await profiles.remove('mfps', 'katusha/m240', 'u1')
  assert.is(profiles.reference.sha256, before)
  assert.is(profiles.get('mfps', 'katusha/m240'), undefined)
  assert.match((await codeOf(profiles.remove('mfps', 'xerox/b205', 'u1'))) ?? '', /^not-found/)
  const third = await profiles.put('mfps', 'xerox/b205', base, 'u2')
  assert.is(third.version, 3, 'versions go on')
})

fleet('never hold two that fit the same device', async () => {
  const profiles = await start(database)
  const { sha256 } = profiles.reference
  for (const name of ['Xerox B205*', 'Xerox*', 'xerox  b205 mfp']) {
    const put = profiles.put('mfps', 'test/x', made('test/x', name), 'u1')
    assert.match((await codeOf(put)) ?? '', /^conflict/, name)
  }
  const infomat = files.find(({ slug }) => slug === 'iskra-infomat')?.content as object
  const sign = { dmi: [{ vendor: 'KB Test', product: 'Infomat*' }] }
  await profiles.put('terminals', 'test-1', { ...infomat, slug: 'test-1', match: sign }, 'u1')
  const twin = profiles.put('terminals', 'test-2', { ...infomat, slug: 'test-2', match: sign }, 'u1')
  assert.match((await codeOf(twin)) ?? '', /^conflict/)
  assert.not(profiles.reference.sha256 === sha256)
})

fleet('take nothing that is no profile', async () => {
  const profiles = await start(database)
  const { sha256 } = profiles.reference
  for (const [slug, content] of [
    ['test/x', undefined],
    [
      'test/x',
      { ...made('test/x', 'Test X*'), quirks: [{ quirk: 'runCode', reason: 'because', source: 'me' }] },
    ],
    ['test/x', { ...made('test/x', 'Test X*'), extra: 1 }],
    ['test/x', made('test/x', '.*(a+)+$****')],
    ['test/x', made('test/y', 'Test Y*')],
    ['test/x', { ...made('test/x', 'x'), match: {} }],
    ['generic', { ...made('generic', 'Anything*') }],
  ] as const) {
    assert.match((await codeOf(profiles.put('mfps', slug, content, 'u1'))) ?? '', /^invalid/)
  }
  assert.is(profiles.reference.sha256, sha256)
})

fleet("keep their own before a later release's of the same model", async () => {
  const before = await start(
    database,
    files.filter(({ slug }) => slug !== 'xerox/b205'),
  )
  await before.put('mfps', 'our/b205', made('our/b205', 'Xerox B205*'), 'u1')
  const after = await start(database)
  assert.is(after.get('mfps', 'xerox/b205'), undefined)
  assert.is(after.get('mfps', 'our/b205')?.origin, 'fleet')
})

fleet('are changed one after the other', async () => {
  const profiles = await start(database)
  const puts = ['a', 'b', 'c'].map((one) =>
    codeOf(profiles.put('mfps', `test/${one}`, made(`test/${one}`, 'Same model'), 'u1')),
  )
  const outcomes = await Promise.all(puts)
  assert.equal(
    outcomes.map((outcome) => outcome?.split(':', 1)[0]),
    [undefined, 'conflict', 'conflict'],
  )
  await profiles.stop()
})

fleet.run()
