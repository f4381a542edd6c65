import { createPublicKey, verify, X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAuthority, type FleetAuthority } from '../../../fleet/identity/authority.ts'
import { installAuthority, requestAuthority } from '../../../fleet/identity/authority-folder.ts'
import { openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { StoppedClock, silent } from '../../support/fleet.ts'

const day = 86_400_000
const anAuthority = suite('an authority')

let folder = ''
let opened: FleetAuthority[] = []
const database = await openDatabase(sqliteDialect(':memory:', 'normal'))

const open = async (clock = new StoppedClock(Date.now())): Promise<FleetAuthority> => {
  const authority = await createAuthority({
    ...{ folder, database, clock, log: silent },
    events: { cut: () => {}, alarm: () => {} },
  })
  opened.push(authority)
  return authority
}
const refusal = async (act: () => Promise<unknown>): Promise<string> => {
  try {
    await act()
  } catch (thrown) {
    return (thrown as Error).message
  }
  return 'done'
}

anAuthority.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), 'avyl-authority-'))
})
anAuthority.after.each(async () => {
  for (const authority of opened) await authority.stop()
  opened = []
  await rm(folder, { recursive: true })
})
anAuthority.after(() => database.destroy())

/** The authority of another fleet, whose folder is gone again. */
const makeElsewhere = async (): Promise<FleetAuthority> => {
  const here = folder
  folder = await mkdtemp(join(tmpdir(), 'avyl-authority-'))
  const stranger = await open()
  await rm(folder, { recursive: true })
  folder = here
  return stranger
}

/** Certificates of a chain, the leaf first. */
const chainOf = (pem: string): X509Certificate[] =>
  (pem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map((one) => new X509Certificate(one))

anAuthority('keeps its keys private and the same from start to start', async () => {
  const first = await open()
  const again = await open()
  assert.is(again.ca, first.ca)
  assert.equal(again.issuers, first.issuers)
  assert.is(await readFile(join(folder, 'ca.pem'), 'utf8'), first.ca)
  assert.not.match(first.ca, 'PRIVATE')
  const [name = ''] = await readdir(join(folder, 'device-authorities'))
  for (const path of [join('device-authorities', name), 'development-root.json']) {
    assert.is((await stat(join(folder, path))).mode & 0o777, 0o600)
  }
})

anAuthority('names the terminal in the subject, for a client alone, below a device authority', async () => {
  const authority = await open()
  const { certificate, key, ca } = await authority.issueTerminal('kazan-7')
  const [leaf, device] = chainOf(certificate)
  const root = new X509Certificate(ca)
  assert.is(leaf?.subject, 'CN=kazan-7')
  assert.is(leaf?.subjectAltName, 'URI:urn:avyl:terminal:kazan-7')
  assert.equal(leaf?.keyUsage, ['1.3.6.1.5.5.7.3.2'])
  assert.is(leaf?.ca, false)
  assert.ok(device?.ca && root.ca)
  assert.ok(leaf?.checkIssued(device) && leaf.verify(device.publicKey))
  assert.ok(device.checkIssued(root) && device.verify(root.publicKey))
  const daysOf = (one: X509Certificate | undefined) =>
    Math.round(((one?.validToDate.getTime() ?? 0) - Date.now()) / day)
  assert.equal([leaf, device, root].map(daysOf), [30, 20 * 365, 20 * 365])
  assert.match(key, 'PRIVATE KEY')
})

anAuthority('makes nothing for a name that is not a device id', async () => {
  const authority = await open()
  for (const name of ['', '+', 'a/b', '__proto__', 'x'.repeat(65), 'a\u0000b']) {
    assert.match(await refusal(() => authority.issueTerminal(name)), 'device id')
  }
})

anAuthority('does not start over when its files are damaged', async () => {
  await open()
  const [name = ''] = await readdir(join(folder, 'device-authorities'))
  const path = join(folder, 'device-authorities', name)
  const whole = await readFile(path, 'utf8')
  for (const text of ['{', '{"key":1}', '']) {
    await writeFile(path, text)
    assert.match(await refusal(() => open()), 'damaged')
  }
  await writeFile(path, whole)
  await writeFile(join(folder, 'ca.pem'), '')
  assert.match(await refusal(() => open()), 'No root')
})

anAuthority('does not start over when its folder cannot be read', async () => {
  const { ca } = await open()
  await rm(join(folder, 'development-root.json'))
  await rename(join(folder, 'device-authorities'), join(folder, 'kept'))
  await writeFile(join(folder, 'device-authorities'), 'not a folder')
  assert.match(await refusal(() => open()), 'ENOTDIR')
  await rm(join(folder, 'device-authorities'))
  await rename(join(folder, 'kept'), join(folder, 'device-authorities'))
  assert.is((await open()).ca, ca)
})

anAuthority('overwrites no roots that terminals trust when its device authorities are lost', async () => {
  const { ca } = await open()
  await rm(join(folder, 'device-authorities'), { recursive: true })
  const root = await readFile(join(folder, 'development-root.json'), 'utf8')
  const { ca: foreign } = await makeElsewhere()
  for (const lost of [
    () => rm(join(folder, 'development-root.json')),
    () => writeFile(join(folder, 'ca.pem'), foreign),
  ]) {
    await lost()
    const before = await readFile(join(folder, 'ca.pem'), 'utf8')
    assert.match(await refusal(() => open()), 'holds no device authority')
    assert.is(await readFile(join(folder, 'ca.pem'), 'utf8'), before)
    await writeFile(join(folder, 'development-root.json'), root)
  }
  assert.equal((await readdir(folder)).sort(), ['ca.pem', 'development-root.json'])
  await writeFile(join(folder, 'ca.pem'), ca)
  assert.is((await open()).ca, ca)
})

anAuthority('vouches for a text with a chain that leads to the root', async () => {
  const authority = await open()
  const { signature, certificates } = authority.signKeys('a text')
  const [device, root] = chainOf(certificates)
  assert.is(root?.toString(), authority.ca)
  assert.ok(device?.verify(root?.publicKey ?? createPublicKey(authority.ca)))
  const given = Buffer.from(signature, 'base64url')
  const key = { key: device?.publicKey ?? createPublicKey(authority.ca), dsaEncoding: 'ieee-p1363' } as const
  assert.ok(verify('sha256', Buffer.from('a text'), key, given))
  assert.not(verify('sha256', Buffer.from('another'), key, given))
})

anAuthority('renews the certificate of the door before it ends, and says so', async () => {
  const clock = new StoppedClock(Date.now())
  const authority = await open(clock)
  let told = 0
  const leave = authority.onServer(() => {
    told += 1
  })
  const first = authority.server.certificate
  await clock.pass(3_600_000)
  assert.is(authority.server.certificate, first)
  const renewed = new Promise<void>((resolve) => authority.onServer(resolve))
  await clock.pass(61 * day)
  await renewed
  assert.is.not(authority.server.certificate, first)
  assert.ok(told > 0)
  leave()
  const [leaf] = chainOf(authority.server.certificate)
  assert.ok((leaf?.validToDate.getTime() ?? 0) > clock.now() + 29 * day)
  assert.match(leaf?.subjectAltName ?? '', 'DNS:localhost')
})

anAuthority('waits for the certificate that was requested, and takes no other', async () => {
  const request = await requestAuthority(folder)
  assert.is(await requestAuthority(folder), request)
  assert.match(await refusal(() => open()), 'awaited')
  const stranger = await makeElsewhere()
  const [foreign = ''] = stranger.issuers
  assert.match(await refusal(() => installAuthority(folder, foreign, stranger.ca)), 'not for the key')
  assert.match(await refusal(() => installAuthority(folder, 'x', stranger.ca)), 'needed')
})

anAuthority.run()
