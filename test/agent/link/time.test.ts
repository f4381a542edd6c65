import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createBackoff } from '../../../agent/link/backoff.ts'
import { createClock } from '../../../agent/link/clock.ts'
import { createDoor } from '../../../agent/link/https.ts'
import { openKeys, UntrustedKeys } from '../../../agent/link/signed-keys.ts'
import { askTime, ensureTime, keepTime } from '../../../agent/link/time.ts'
import { door as paths } from '../../../protocol/door.ts'
import { silent } from '../../support/agent-parts.ts'
import { certifyKeys, issue, makePki, makeSigningKey } from '../../support/pki.ts'
import { openPretendDoor } from '../../support/pretend-door.ts'

const never = new AbortController().signal
const year = 365 * 86_400_000

/** A fleet whose year is that of its certificates, and a terminal whose own clock says `wall`. */
const meet = async (wall: number, fleetNow = Date.now()) => {
  const fleet = await openPretendDoor({ from: fleetNow - 3_600_000, until: fleetNow + year })
  fleet.now = () => fleetNow
  const clock = createClock({ wall: () => wall })
  const credentials = () => ({ address: fleet.address, ca: fleet.pki.root.certificate })
  const door = createDoor(credentials, clock)
  return {
    fleet,
    clock,
    parts: { clock, credentials },
    door,
    async close() {
      door.close()
      await fleet.close()
    },
  }
}

const theTime = suite("the fleet's time")

for (const [when, wall] of [
  ['1970', 0],
  ['2015', Date.UTC(2015, 0, 1)],
  ['2038', Date.UTC(2038, 0, 20)],
] as const) {
  theTime(`is had by a machine that thinks it is ${when}`, async () => {
    const { fleet, clock, parts, door, close } = await meet(wall)
    // What the dates of the fleet's certificate do to the first try.
    await assertRejects(askTime(door, parts, never), /not trusted: dates/)
    assert.is(clock.trusted, false)
    await ensureTime(parts, never)
    assert.ok(clock.trusted && clock.heard)
    assert.ok(Math.abs(clock.now() - fleet.now()) < 60_000)
    await askTime(door, parts, never)
    await close()
  })
}

const assertRejects = async (act: Promise<unknown>, expected: RegExp | typeof UntrustedKeys) => {
  const thrown = await act.then(
    () => new Error('It did not fail'),
    (error: unknown) => error,
  )
  if (expected instanceof RegExp) assert.match(String(thrown), expected)
  else assert.instance(thrown, expected)
}

theTime('is not asked for by a machine whose clock may be right', async () => {
  const { fleet, clock, parts, close } = await meet(Date.now())
  await ensureTime(parts, never)
  assert.equal(fleet.requests, [])
  assert.is(clock.heard, false)
  await close()
})

theTime('is asked for when the clock is behind what is known to be past', async () => {
  const { clock, parts, close } = await meet(Date.now() - year)
  clock.notBefore(Date.now() - 60_000)
  assert.ok(clock.now() >= Date.now() - 120_000)
  assert.is(clock.trusted, false)
  await ensureTime(parts, never)
  assert.is(clock.trusted, true)
  await close()
})

theTime('of a fleet whose certificate has ended is known, and the fleet is refused by it', async () => {
  const fleetNow = Date.now()
  const { fleet, clock, parts, door, close } = await meet(fleetNow, fleetNow)
  fleet.now = () => fleetNow + 3 * year
  clock.doubt()
  await ensureTime(parts, never)
  await assertRejects(askTime(door, parts, never), /not trusted: dates/)
  await close()
})

theTime('is refused with a foreign nonce, a foreign signature or none', async () => {
  const { fleet, clock, parts, door, close } = await meet(Date.now())
  const [key] = fleet.signing
  const stranger = makeSigningKey()
  if (!key) throw new Error('There is a key')
  const { sign } = key
  key.sign = stranger.sign
  await assertRejects(askTime(door, parts, never), /not signed/)
  key.sign = (text) => ({ ...stranger.sign(text), key: key.id })
  await assertRejects(askTime(door, parts, never), /not signed/)
  key.sign = (text) => sign(text.replace(/"nonce":"[^"]+"/, '"nonce":"0123456789abcdef"'))
  await assertRejects(askTime(door, parts, never), /not signed/)
  key.sign = sign
  fleet.now = () => -1
  await assertRejects(askTime(door, parts, never), /no time/)
  fleet.mishaps.push({ path: paths.time, what: 'no-json' })
  await assertRejects(askTime(door, parts, never), /JSON/)
  assert.is(clock.heard, false)
  await close()
})

theTime('is kept, remembered, and its keys are told', async () => {
  const { fleet, clock, parts, door, close } = await meet(0)
  fleet.mishaps.push({ path: paths.time, what: 'lose-answer' }, { path: paths.time, what: 'no-json' })
  const stopped = new AbortController()
  const remembered = Promise.withResolvers<number>()
  const heard: number[] = []
  const keeping = keepTime(
    {
      ...parts,
      door,
      heardKeys: ({ issuedAt }) => heard.push(issuedAt),
      backoff: createBackoff({ base: 1, cap: 5 }),
      remember: remembered.resolve,
      logger: silent,
    },
    stopped.signal,
  )
  assert.ok(Math.abs((await remembered.promise) - fleet.now()) < 60_000)
  assert.ok(clock.heard)
  assert.equal(heard, [1])
  stopped.abort()
  await keeping
  await close()
})

theTime('is remembered as the fleet says it now, also when it was wrong by hours before', async () => {
  const { fleet, clock, parts, door, close } = await meet(0)
  clock.answered(fleet.now() + 3 * 3_600_000, 0, 0)
  const stopped = new AbortController()
  const remembered = Promise.withResolvers<number>()
  const backoff = createBackoff({ base: 1, cap: 5 })
  const keeping = keepTime(
    { ...parts, door, backoff, remember: remembered.resolve, logger: silent },
    stopped.signal,
  )
  assert.ok(Math.abs((await remembered.promise) - fleet.now()) < 60_000)
  stopped.abort()
  await keeping
  await close()
})

const theKeys = suite("the fleet's list of signing keys")

theKeys('is opened when the device authority certified it', async () => {
  const pki = await makePki({ from: Date.now() - 2 * year, until: Date.now() - year })
  const key = makeSigningKey()
  const chain = pki.devices.certificate + pki.root.certificate
  const isSigned = openKeys(certifyKeys(pki.devices, chain, [key], 1), pki.root.certificate)
  assert.ok(isSigned('a text', key.sign('a text')), 'also when the certificates have ended')
  assert.not(isSigned('another text', key.sign('a text')))
  assert.not(isSigned('a text', makeSigningKey().sign('a text')))
  assert.not(isSigned('a text', { ...makeSigningKey().sign('a text'), key: key.id }))
})

theKeys('is refused in every other case', async () => {
  const pki = await makePki()
  const other = await makePki()
  const roots = pki.root.certificate
  const keys = [makeSigningKey()]
  const good = certifyKeys(pki.devices, pki.devices.certificate, keys, 5)
  openKeys(good, roots)
  const terminal = await issue(pki.devices, { purpose: 'client' })
  const byTerminal = certifyKeys(terminal, terminal.certificate + pki.devices.certificate, keys, 5)
  for (const list of [
    byTerminal,
    certifyKeys(other.devices, other.devices.certificate, keys, 5),
    certifyKeys(other.devices, pki.devices.certificate, keys, 5),
    { ...good, issuedAt: 6 },
    { ...good, keys: [makeSigningKey()].map(({ id, publicKey }) => ({ id, publicKey })) },
    { ...good, certificates: '' },
    { ...good, signature: '' },
  ]) {
    assert.throws(
      () => openKeys(list, roots),
      (thrown: unknown) => thrown instanceof UntrustedKeys,
    )
  }
})

theKeys('holds no key under the name of another', async () => {
  const pki = await makePki()
  const [key, other] = [makeSigningKey(), makeSigningKey()]
  const list = certifyKeys(pki.devices, pki.devices.certificate, [{ ...key, id: other.id }], 1)
  const isSigned = openKeys(list, pki.root.certificate)
  assert.not(isSigned('a text', { ...key.sign('a text'), key: other.id }))
})

theTime.run()
theKeys.run()
