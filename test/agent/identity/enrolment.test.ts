import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ClaimError } from '../../../agent/identity/identity.ts'
import { createClock } from '../../../agent/link/clock.ts'
import { NotEnrolled } from '../../../agent/link/credentials.ts'
import { door as paths } from '../../../protocol/door.ts'
import { silent } from '../../support/agent-parts.ts'
import { claimOf, makeIdentity, stateOf } from '../../support/identities.ts'
import { openPretendDoor } from '../../support/pretend-door.ts'

const never = new AbortController().signal

const aBareTerminal = suite('a bare terminal')

aBareTerminal('has a key and a fingerprint, and waits for its claim', async () => {
  const { identity, folder, again } = makeIdentity()
  await identity.start()
  assert.equal(identity.state, { is: 'unclaimed' })
  assert.match(identity.fingerprint, /^[0-9]{4} [0-9]{4} [0-9]{4}$/)
  assert.is(identity.device, undefined)
  assert.throws(identity.credentials, (thrown: unknown) => thrown instanceof NotEnrolled)
  assert.equal(readdirSync(folder), ['identity.json'])
  assert.is(statSync(join(folder, 'identity.json')).mode & 0o777, 0o600)
  await identity.stop()
  const later = again().identity
  await later.start()
  assert.is(later.fingerprint, identity.fingerprint)
  await later.stop()
})

aBareTerminal('is enrolled by a claim, in one question, and stays so', async () => {
  const fleet = await openPretendDoor()
  const { identity, again } = makeIdentity()
  await identity.start()
  const { fingerprint } = identity
  await identity.enrol({ ...claimOf(fleet), code: ' o1234-56789 ' })
  await stateOf(identity, 'accepted')
  assert.equal([identity.device, identity.village, identity.fingerprint], ['bakhta', 'Бахта', fingerprint])
  const [asked] = fleet.bodies(paths.enrol)
  assert.equal([asked?.code, asked?.serial], ['0123456789', 'PC-1'])
  const member = await identity.membership.admitted(never)
  assert.is(member.device, 'bakhta')
  await identity.stop()
  const later = again().identity
  await later.start()
  assert.equal(later.state, { is: 'accepted' })
  await later.stop()
  assert.is(fleet.bodies(paths.enrol).length, 1)
  await fleet.close()
})

aBareTerminal('redeems a code once, though it is handed in again after a power cut', async () => {
  const fleet = await openPretendDoor()
  const { identity, again } = makeIdentity()
  await identity.start()
  await identity.enrol(claimOf(fleet))
  await stateOf(identity, 'accepted')
  const { fingerprint } = identity
  await identity.stop()
  const later = again().identity
  await later.start()
  await later.enrol(claimOf(fleet))
  assert.equal([later.state, later.fingerprint], [{ is: 'accepted' }, fingerprint])
  await later.stop()
  assert.is(fleet.bodies(paths.enrol).length, 1)
  await fleet.close()
})

aBareTerminal('sends the same request until it has the answer, whatever is lost', async () => {
  const fleet = await openPretendDoor()
  const lost = ['lose-question', 'lose-answer', 'no-json', 'unfit', 'lose-answer'] as const
  fleet.mishaps.push(...lost.map((what) => ({ path: paths.enrol, what })))
  const { identity } = makeIdentity()
  await identity.start()
  const seen: string[] = []
  await identity.enrol(claimOf(fleet))
  for await (const state of identity.changes(never)) {
    seen.push(JSON.stringify(state))
    if (state.is === 'accepted') break
  }
  assert.ok(seen.includes('{"is":"enrolling","trouble":"unreachable"}'), seen.join())
  const requests = new Set(fleet.bodies(paths.enrol).map((body) => body?.csr))
  assert.is(fleet.bodies(paths.enrol).length, lost.length)
  assert.is(requests.size, 1)
  await identity.stop()
  await fleet.close()
})

aBareTerminal('takes up its claim after a new start', async () => {
  const fleet = await openPretendDoor()
  fleet.mishaps.push({ path: paths.enrol, what: 'lose-answer' })
  const { identity, again } = makeIdentity({
    backoff: () => ({ next: () => 1e9, reset() {}, wait: async () => {} }),
  })
  await identity.start()
  await identity.enrol(claimOf(fleet))
  await fleet.until(() => fleet.bodies(paths.enrol).length === 1)
  await identity.stop()
  const later = again().identity
  await later.start()
  await stateOf(later, 'accepted')
  const [first, second] = fleet.bodies(paths.enrol)
  assert.equal(first, second)
  assert.is(later.fingerprint, identity.fingerprint)
  await later.stop()
  await fleet.close()
})

aBareTerminal('tells why it is refused, and takes another claim with the same key', async () => {
  const fleet = await openPretendDoor()
  const { identity, again } = makeIdentity()
  await identity.start()
  await identity.enrol({ ...claimOf(fleet), code: '9999999999' })
  assert.equal(await stateOf(identity, 'refused'), { is: 'refused', problem: 'claim-unknown' })
  await identity.stop()
  const later = again().identity
  await later.start()
  assert.equal(later.state, { is: 'refused', problem: 'claim-unknown' })
  await later.enrol(claimOf(fleet))
  await stateOf(later, 'accepted')
  assert.is(later.fingerprint, identity.fingerprint)
  assert.is(fleet.bodies(paths.enrol).length, 2, 'a refused code is not sent again')
  await later.stop()
  await fleet.close()
})

aBareTerminal('asks again when it only asked too often', async () => {
  const fleet = await openPretendDoor()
  fleet.refusal = 'rate-limited'
  const { identity } = makeIdentity()
  await identity.start()
  await identity.enrol(claimOf(fleet))
  await fleet.until(() => fleet.bodies(paths.enrol).length === 3)
  fleet.refusal = undefined
  await stateOf(identity, 'accepted')
  await identity.stop()
  await fleet.close()
})

aBareTerminal('makes one other key where the fleet knows its first one already', async () => {
  const fleet = await openPretendDoor()
  fleet.refusal = 'csr-invalid'
  const { identity } = makeIdentity()
  await identity.start()
  const { fingerprint } = identity
  await identity.enrol(claimOf(fleet))
  assert.equal(await stateOf(identity, 'refused'), { is: 'refused', problem: 'csr-invalid' })
  const requests = fleet.bodies(paths.enrol).map((body) => body?.csr)
  assert.equal([requests.length, new Set(requests).size], [2, 2])
  assert.is.not(identity.fingerprint, fingerprint)
  await identity.stop()
  await fleet.close()
})

aBareTerminal('gives its code to no server that is not the fleet', async () => {
  const fleet = await openPretendDoor()
  const impostor = await openPretendDoor()
  const { identity } = makeIdentity()
  await identity.start()
  await identity.enrol({ ...claimOf(fleet), fleet: impostor.address })
  for await (const state of identity.changes(never)) {
    if (state.is === 'enrolling' && state.trouble === 'untrusted') break
  }
  await identity.enrol(claimOf(fleet))
  await stateOf(identity, 'accepted')
  assert.equal(impostor.requests, [])
  await identity.stop()
  await Promise.all([fleet.close(), impostor.close()])
})

aBareTerminal('waits for the operator, and works when it is accepted', async () => {
  const fleet = await openPretendDoor()
  fleet.admission = 'pending'
  const { identity } = makeIdentity()
  await identity.start()
  await identity.enrol(claimOf(fleet))
  await stateOf(identity, 'pending')
  let admitted = false
  const admission = identity.membership.admitted(never).then(() => {
    admitted = true
  })
  await fleet.until(() => fleet.bodies(paths.enrolment).length >= 3)
  assert.is(admitted, false)
  fleet.admission = 'accepted'
  await admission
  assert.equal(identity.state, { is: 'accepted' })
  await identity.stop()
  await fleet.close()
})

for (const [when, wall] of [
  ['1970', 0],
  ['2015', Date.UTC(2015, 0, 1)],
  ['2038', Date.UTC(2038, 0, 20)],
] as const) {
  aBareTerminal(`is enrolled also when its clock says ${when}`, async () => {
    const fleet = await openPretendDoor()
    const { identity } = makeIdentity({ clock: createClock({ wall: () => wall }) })
    await identity.start()
    await identity.enrol(claimOf(fleet))
    await stateOf(identity, 'accepted')
    assert.is((await identity.membership.admitted(never)).device, 'bakhta')
    await identity.stop()
    await fleet.close()
  })
}

aBareTerminal('goes where its configuration says, unless its claim said otherwise', async () => {
  const fleet = await openPretendDoor()
  const { code, ca, fleet: address } = claimOf(fleet)
  const { identity, again } = makeIdentity({ address, ca })
  await identity.start()
  await identity.enrol({ code })
  await stateOf(identity, 'accepted')
  await identity.stop()
  const moved = { host: 'moved.example', port: 1 }
  const later = again({ address: moved }).identity
  assert.equal(later.credentials().address, moved)
  await later.stop()
  const told = makeIdentity({ address: moved })
  await told.identity.start()
  await told.identity.enrol(claimOf(fleet))
  await stateOf(told.identity, 'accepted')
  await told.identity.stop()
  assert.equal(told.again().identity.credentials().address, address)
  await fleet.close()
})

aBareTerminal('redeems the claim of its configuration once', async () => {
  const fleet = await openPretendDoor()
  const { code, ...rest } = claimOf(fleet)
  const { identity, again } = makeIdentity({ claim: { code }, address: rest.fleet, ca: rest.ca })
  await identity.start()
  await stateOf(identity, 'accepted')
  await identity.stop()
  const later = again().identity
  await later.start()
  assert.equal(later.state, { is: 'accepted' })
  await later.stop()
  assert.is(fleet.bodies(paths.enrol).length, 1)
  fleet.code = '5555555555'
  fleet.device = 'druzhba'
  const moved = again({ claim: { code: fleet.code } }).identity
  await moved.start()
  await fleet.until(() => fleet.bodies(paths.enrol).length === 2)
  await stateOf(moved, 'accepted')
  assert.is(moved.device, 'druzhba')
  assert.is.not(moved.fingerprint, identity.fingerprint)
  await moved.stop()
  await fleet.close()
})

aBareTerminal('takes no claim that can be none', async () => {
  const { identity } = makeIdentity()
  await identity.start()
  const ca = (await openPretendDoor().then((fleet) => fleet.close().then(() => fleet))).pki.root.certificate
  const good = { code: '0123456789', fleet: { host: 'x', port: 1 }, ca }
  const { fleet: _, ...nowhere } = good
  for (const [claim, problem, words] of [
    [{ ...good, code: '123' }, 'code-invalid', /ten characters/],
    [{ ...good, serial: '../..' }, 'serial-differs', /serial/],
    [{ ...good, ca: 'no certificate' }, 'fleet-unknown', /root/],
    [{ ...good, ca: ca.replace(/[A-Z]{4}/, '====') }, 'fleet-unknown', /root/],
    [nowhere, 'fleet-unknown', /where the fleet is/],
  ] as const) {
    const thrown = await identity.enrol(claim).catch((error: unknown) => error)
    if (!(thrown instanceof ClaimError)) throw thrown
    assert.is(thrown.problem, problem)
    assert.match(thrown.message, words)
  }
  assert.equal(identity.state, { is: 'unclaimed' })
  await identity.stop()
})

aBareTerminal(
  'comes up also when its identity was damaged, and keeps the damage for whoever asks',
  async () => {
    const { identity, folder, damages } = makeIdentity()
    await identity.start()
    await identity.stop()
    for (const damage of ['', '{', '{"enrolled":{}}', 'null']) {
      writeFileSync(join(folder, 'identity.json'), damage)
      const { identity: after, damages: heard } = makeIdentity({ logger: silent }, folder)
      await after.start()
      assert.equal(after.state, { is: 'unclaimed' })
      assert.equal(heard, ['damaged'])
      await after.stop()
    }
    assert.equal(damages, [])
    assert.ok(readdirSync(folder).some((name) => name.startsWith('identity.json.damaged-')))
    assert.ok(readFileSync(join(folder, 'identity.json'), 'utf8').includes('BEGIN PRIVATE KEY'))
  },
)

aBareTerminal('does not come up over an identity that it cannot read', () => {
  const folder = makeIdentity().folder
  mkdirSync(join(folder, 'identity.json'), { recursive: true })
  assert.throws(() => makeIdentity({}, folder), /EISDIR/)
})

aBareTerminal.run()
