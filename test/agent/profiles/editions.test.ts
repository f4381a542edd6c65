import { readdir, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EditionError } from '../../../agent/profiles/edition-error.ts'
import { createEditions, sha256Of } from '../../../agent/profiles/editions.ts'
import { releaseProfiles } from '../../../agent/profiles/release.ts'
import { canonical } from '../../../protocol/canonical.ts'
import { maxEditionBytes } from '../../../protocol/firmware-profile.ts'
import { scratch } from '../../support/agent-parts.ts'

const never = new AbortController().signal
const { edition, sha256 } = await releaseProfiles(undefined)
const text = canonical(edition)

/** A door that answers every request like this. */
const doorThat = (statusCode: number, body: Buffer) => ({
  ask: async () =>
    Object.assign(Readable.from([body]), { statusCode, headers: {} }) as unknown as IncomingMessage,
})
const editionsOf = (statusCode: number, body: Buffer, folder = scratch()) =>
  createEditions(join(folder, 'profiles'), doorThat(statusCode, body), () => releaseProfiles(undefined))
const failureOf = (bringing: Promise<void>): Promise<unknown> =>
  bringing.then(
    () => undefined,
    (thrown) => thrown,
  )

const editions = suite('the editions on a terminal')

editions('of the release have a name, and a bundle reads the same from its file', async () => {
  assert.is(sha256, sha256Of(text))
  const file = join(scratch(), 'firmware-profiles.json')
  await writeFile(file, text)
  assert.is((await releaseProfiles(file)).sha256, sha256)
})

editions('are brought once, kept, and replace each other', async () => {
  const folder = scratch()
  await editionsOf(200, gzipSync(text), folder).bring(sha256, undefined, never)
  const again = editionsOf(500, Buffer.alloc(0), folder)
  assert.is((await again.kept(sha256))?.mfps.length, edition.mfps.length)
  const smaller = canonical({ ...edition, mfps: edition.mfps.slice(0, 1) })
  const another = editionsOf(200, gzipSync(smaller), folder)
  await another.bring(sha256Of(smaller), sha256, never)
  assert.ok(await again.kept(sha256), 'the one in use stays, for the terminal may have to go back to it')
  await another.bring(sha256Of(smaller), undefined, never)
  assert.equal(await readdir(join(folder, 'profiles')), [`${sha256Of(smaller)}.json`])
  assert.is(await again.kept(sha256), undefined)
})

editions('that were harmed on the disk do not count', async () => {
  const folder = scratch()
  const kept = editionsOf(200, gzipSync(text), folder)
  await kept.bring(sha256, undefined, never)
  await writeFile(join(folder, 'profiles', `${sha256}.json`), text.replace('Pantum', 'Bantum'))
  assert.is(await kept.kept(sha256), undefined)
})

const nonsense = canonical({ v: 1, mfps: [{ slug: 'x' }], terminals: edition.terminals })
for (const [why, status, body, name] of [
  ['is not there', 404, Buffer.alloc(0), sha256],
  ['is another one', 200, gzipSync(text), 'a'.repeat(64)],
  ['is no gzip', 200, Buffer.from(text), sha256],
  ['unpacks to more than any edition', 200, gzipSync(Buffer.alloc(maxEditionBytes + 1)), sha256],
  ['is larger than any edition', 200, Buffer.alloc(1024 * 1024 + 1), sha256],
  ['holds no profiles', 200, gzipSync(nonsense), sha256Of(nonsense)],
  ['is no JSON', 200, gzipSync('{'), sha256Of('{')],
] as const) {
  editions(`are refused for good when one ${why}`, async () => {
    const folder = scratch()
    const thrown = await failureOf(editionsOf(status, body, folder).bring(name, undefined, never))
    assert.instance(thrown, EditionError)
    assert.equal(await readdir(folder), [], 'nothing is left behind')
  })
}

editions('are asked for again when the fleet has a bad moment', async () => {
  const thrown = await failureOf(editionsOf(503, Buffer.alloc(0)).bring(sha256, undefined, never))
  assert.not(thrown instanceof EditionError)
  assert.instance(thrown, Error)
})

editions.run()
