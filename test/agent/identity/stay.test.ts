import { X509Certificate } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { TerminalIdentity } from '../../../agent/identity/terminal-identity.ts'
import { createClock } from '../../../agent/link/clock.ts'
import type { Member } from '../../../agent/link/credentials.ts'
import { door as paths } from '../../../protocol/door.ts'
import { claimOf, makeIdentity, stateOf } from '../../support/identities.ts'
import { openPretendDoor } from '../../support/pretend-door.ts'

const never = new AbortController().signal
const day = 86_400_000

const serialOf = ({ credentials }: Member) =>
  new X509Certificate(credentials.own?.certificate ?? '').serialNumber

const outdatedOf = ({ outdated }: Member) =>
  new Promise<void>((resolve) => {
    if (outdated.aborted) resolve()
    else outdated.addEventListener('abort', () => resolve(), { once: true })
  })

/** The member that takes the place of this one. */
const successorOf = async ({ membership }: TerminalIdentity, before: Member): Promise<Member> => {
  for (;;) {
    const member = await membership.admitted(never)
    if (serialOf(member) !== serialOf(before)) return member
    await outdatedOf(member)
  }
}

/** An enrolled terminal, at a fleet whose time passes as the test says. */
const enrolled = async (life = 30 * day) => {
  const fleet = await openPretendDoor({ from: Date.now() - day, until: Date.now() + 3650 * day })
  fleet.life = life
  let passed = 0
  fleet.now = () => Date.now() + passed
  const clock = createClock({ monotonic: () => performance.now() + passed })
  const made = makeIdentity({ clock })
  const { identity } = made
  await identity.start()
  await identity.enrol(claimOf(fleet))
  await stateOf(identity, 'accepted')
  return {
    ...made,
    fleet,
    clock,
    /** Time passes for both; the terminal is told as by a connection that fails. */
    async pass(ms: number) {
      passed += ms
      const at = clock.monotonic()
      clock.answered(fleet.now(), at, at)
    },
    async close() {
      await identity.stop()
      await fleet.close()
    },
  }
}

const anEnrolledTerminal = suite('an enrolled terminal')

anEnrolledTerminal(
  'renews at half life with a new key, and keeps the old one until the new one is let in',
  async () => {
    const { identity, fleet, pass, again, close } = await enrolled()
    const first = await identity.membership.admitted(never)
    identity.membership.connected(first)
    await identity.stop()
    await pass(15 * day + 60_000)
    const later = again().identity
    await later.start()
    await fleet.until(() => fleet.bodies(paths.renew).length === 1)
    await outdatedOf(await later.membership.admitted(never)).catch(() => {})
    const second = await later.membership.admitted(never)
    assert.is.not(serialOf(second), serialOf(first))
    assert.is.not(second.credentials.own?.key, first.credentials.own?.key)
    // What the fleet does not let in is tried in turn with what it let in before.
    later.membership.failed(second, true)
    later.membership.failed(second, true)
    const third = await later.membership.admitted(never)
    assert.is(serialOf(third), serialOf(first))
    later.membership.failed(third, true)
    const fourth = await later.membership.admitted(never)
    assert.is(serialOf(fourth), serialOf(second))
    later.membership.connected(fourth)
    later.membership.failed(fourth, true)
    later.membership.failed(fourth, true)
    await later.stop()
    const last = again().identity
    await last.start()
    last.membership.failed(fourth, true)
    last.membership.failed(fourth, true)
    assert.is(serialOf(await last.membership.admitted(never)), serialOf(second))
    await last.stop()
    await close()
  },
)

/** A terminal that was away until it was time to renew, with the credentials that it had. */
const awayTooLong = async () => {
  const made = await enrolled()
  const first = await made.identity.membership.admitted(never)
  await made.identity.stop()
  await made.pass(16 * day)
  return { ...made, first }
}

/** A terminal that came again and has just renewed, with the first and the second of its credentials. */
const renewed = async () => {
  const { again, first, ...made } = await awayTooLong()
  const later = again().identity
  await later.start()
  const second = await successorOf(later, first)
  return { ...made, later, first, second }
}

anEnrolledTerminal('shows no older credentials because a fleet was not there for long', async () => {
  const { later, second, close } = await renewed()
  for (let times = 0; times < 6; times++) {
    later.membership.failed(second, false)
    assert.is(serialOf(await later.membership.admitted(never)), serialOf(second))
  }
  // Nor after one answer that was lost on the way, which may have been that it is let in.
  for (let times = 0; times < 3; times++) {
    later.membership.failed(second, true)
    assert.is(serialOf(await later.membership.admitted(never)), serialOf(second))
    later.membership.failed(second, false)
    assert.is(serialOf(await later.membership.admitted(never)), serialOf(second))
  }
  await later.stop()
  await close()
})

anEnrolledTerminal('sends the same request for renewal until it has the answer', async () => {
  const { fleet, again, close } = await awayTooLong()
  const lost = ['lose-question', 'lose-answer', 'no-json', 'unfit'] as const
  fleet.mishaps.push(...lost.map((what) => ({ path: paths.renew, what })))
  const later = again().identity
  await later.start()
  await fleet.until(() => fleet.bodies(paths.renew).length === lost.length)
  assert.is(new Set(fleet.bodies(paths.renew).map((body) => body?.csr)).size, 1)
  await later.stop()
  await close()
})

anEnrolledTerminal('renews with a certificate that has ended, and connects only then', async () => {
  const { identity, fleet, pass, again, close } = await enrolled()
  const first = await identity.membership.admitted(never)
  await identity.stop()
  await pass(60 * day)
  fleet.mishaps.push({ path: paths.renew, what: 'lose-question' })
  const later = again().identity
  await later.start()
  const second = await later.membership.admitted(never)
  assert.is.not(serialOf(second), serialOf(first))
  assert.ok(fleet.shown.includes(serialOf(first)), 'the old one was shown')
  await later.stop()
  await close()
})

anEnrolledTerminal('renews at once when it comes back after weeks with a clock of before them', async () => {
  const { identity, fleet, again, close } = await enrolled()
  const first = await identity.membership.admitted(never)
  await identity.stop()
  const kept = fleet.now()
  fleet.now = () => kept + 40 * day
  const clock = createClock({ wall: () => 0 })
  clock.notBefore(kept)
  const later = again({ clock }).identity
  await later.start()
  const second = await later.membership.admitted(never)
  assert.is.not(serialOf(second), serialOf(first))
  assert.is(fleet.bodies(paths.renew).length, 1)
  await later.stop()
  await close()
})

anEnrolledTerminal(
  'renews when its certificate ends before its timer does, as after a long sleep',
  async () => {
    const { identity, fleet, pass, close } = await enrolled()
    const first = await identity.membership.admitted(never)
    await pass(40 * day)
    assert.is.not(serialOf(await identity.membership.admitted(never)), serialOf(first))
    assert.is(fleet.bodies(paths.renew).length, 1)
    await close()
  },
)

anEnrolledTerminal('says so when it is too late, and goes on asking', async () => {
  const { identity, fleet, pass, again, close } = await enrolled()
  await identity.stop()
  await pass(200 * day)
  fleet.refusal = 'renewal-too-late'
  const later = again().identity
  await later.start()
  assert.equal(await stateOf(later, 'refused'), { is: 'refused', problem: 'renewal-too-late' })
  await fleet.until(() => fleet.bodies(paths.renew).length === 3)
  fleet.refusal = undefined
  await stateOf(later, 'accepted')
  await later.membership.admitted(never)
  await later.stop()
  await close()
})

anEnrolledTerminal('does not renew because its own clock runs ahead', async () => {
  const { identity, fleet, again, close } = await enrolled()
  await identity.stop()
  const clock = createClock({ wall: () => Date.now() + 20 * day })
  const later = again({ clock }).identity
  await later.start()
  await later.membership.admitted(never)
  await fleet.until(() => fleet.bodies(paths.time).length > 0)
  assert.ok(Math.abs(clock.now() - fleet.now()) < 3_600_000)
  assert.is(fleet.bodies(paths.renew).length, 0)
  await later.stop()
  await close()
})

anEnrolledTerminal("neither renews nor stays away because the fleet's clock was weeks ahead", async () => {
  const { identity, fleet, clock, close } = await enrolled()
  const first = await identity.membership.admitted(never)
  const at = clock.monotonic()
  clock.answered(fleet.now() + 40 * day, at, at)
  assert.is(serialOf(await identity.membership.admitted(never)), serialOf(first))
  assert.ok(Math.abs(clock.now() - fleet.now()) < 3_600_000)
  assert.is(fleet.bodies(paths.renew).length, 0)
  await close()
})

anEnrolledTerminal('renews again when only its older credentials are let in', async () => {
  const { later, first, second, fleet, close } = await renewed()
  assert.is(fleet.bodies(paths.renew).length, 1)
  later.membership.failed(second, true)
  later.membership.failed(second, true)
  const member = await later.membership.admitted(never)
  assert.is(serialOf(member), serialOf(first))
  later.membership.connected(member)
  await fleet.until(() => fleet.bodies(paths.renew).length === 2)
  await outdatedOf(member)
  await later.stop()
  await close()
})

anEnrolledTerminal('renews nothing while a claim is open, though it is time', async () => {
  const { fleet, again, close } = await awayTooLong()
  fleet.code = '1111111111'
  for (let times = 0; times < 5; times++) fleet.mishaps.push({ path: paths.enrol, what: 'lose-answer' })
  const later = again({ claim: claimOf(fleet) }).identity
  await later.start()
  await stateOf(later, 'accepted')
  const [, ...requests] = fleet.bodies(paths.enrol).map((body) => body?.csr)
  assert.equal([requests.length, new Set(requests).size], [6, 1])
  assert.is(fleet.bodies(paths.renew).length, 0)
  await later.stop()
  await close()
})

anEnrolledTerminal(
  'renews before its certificate ends though nobody answers its claim, and goes on claiming',
  async () => {
    const { identity, fleet, pass, again, close } = await enrolled()
    await identity.stop()
    await pass(23 * day)
    fleet.code = '1111111111'
    const silence = Array.from({ length: 10_000 }, () => ({
      path: paths.enrol,
      what: 'lose-answer' as const,
    }))
    fleet.mishaps.push(...silence)
    const later = again({ claim: claimOf(fleet) }).identity
    await later.start()
    await fleet.until(() => fleet.bodies(paths.renew).length === 1)
    const asked = fleet.bodies(paths.enrol).length
    await fleet.until(() => fleet.bodies(paths.enrol).length > asked)
    fleet.mishaps.length = 0
    await stateOf(later, 'accepted')
    const [, ...claims] = fleet.bodies(paths.enrol).map((body) => body?.csr)
    assert.is(new Set(claims).size, 1)
    assert.not(claims.includes(fleet.bodies(paths.renew)[0]?.csr))
    assert.is(fleet.bodies(paths.renew).length, 1)
    await later.stop()
    await close()
  },
)

anEnrolledTerminal('sends with a claim no key that it has sent for a renewal', async () => {
  const { fleet, again, close } = await awayTooLong()
  for (let times = 0; times < 500; times++) fleet.mishaps.push({ path: paths.renew, what: 'lose-answer' })
  const later = again().identity
  await later.start()
  await fleet.until(() => fleet.bodies(paths.renew).length === 2)
  fleet.code = '1111111111'
  await later.enrol(claimOf(fleet))
  await stateOf(later, 'accepted')
  const renewals = new Set(fleet.bodies(paths.renew).map((body) => body?.csr))
  assert.is(renewals.size, 1)
  assert.not(renewals.has(fleet.bodies(paths.enrol).at(-1)?.csr))
  await later.stop()
  await close()
})

anEnrolledTerminal('takes no word about its earlier enrolment for one about the new one', async () => {
  const { identity, fleet, close } = await enrolled()
  const late = Promise.withResolvers<void>()
  fleet.holds = async (path) => (path === paths.enrolment ? late.promise : undefined)
  fleet.admission = 'revoked'
  const ask = async () => {
    const member = await identity.membership.admitted(never)
    for (let times = 0; times < 3; times++) identity.membership.failed(member, true)
  }
  await ask()
  await fleet.until(() => fleet.bodies(paths.enrolment).length === 1)
  fleet.admission = 'accepted'
  fleet.code = '1111111111'
  await identity.enrol(claimOf(fleet))
  await stateOf(identity, 'accepted')
  const over = new AbortController()
  const seen: string[] = []
  const watching = (async () => {
    for await (const { is } of identity.changes(over.signal)) seen.push(is)
  })()
  late.resolve()
  await ask()
  await fleet.until(() => fleet.bodies(paths.enrolment).length === 2)
  assert.equal(seen, ['accepted'])
  over.abort()
  await watching
  await close()
})

anEnrolledTerminal('asks the fleet why it cannot connect, and stays away when it is revoked', async () => {
  const { identity, fleet, close } = await enrolled()
  const member = await identity.membership.admitted(never)
  fleet.admission = 'revoked'
  for (let times = 0; times < 3; times++) identity.membership.failed(member, true)
  await stateOf(identity, 'revoked')
  await outdatedOf(member)
  const gone = new AbortController()
  const waiting = identity.membership.admitted(gone.signal).catch((error: unknown) => error)
  gone.abort('enough')
  assert.is(await waiting, 'enough')
  fleet.admission = 'accepted'
  await stateOf(identity, 'accepted')
  await close()
})

anEnrolledTerminal('is revoked also when the fleet says so to a renewal', async () => {
  const { fleet, again, close } = await awayTooLong()
  fleet.refusal = 'revoked'
  fleet.admission = 'revoked'
  const later = again().identity
  await later.start()
  await stateOf(later, 'revoked')
  await later.stop()
  await close()
})

anEnrolledTerminal('learns keys that the fleet begins to sign with, and believes no older list', async () => {
  const { identity, fleet, again, close } = await enrolled()
  const [key] = fleet.signing
  assert.ok(key && (await identity.keys.verify('a text', key.sign('a text'))))
  assert.is(fleet.bodies(paths.keys).length, 0, 'the list came with the enrolment')
  const { makeSigningKey } = await import('../../support/pki.ts')
  const next = makeSigningKey()
  const before = fleet.keys()
  fleet.signing.unshift(next)
  fleet.issuedAt = 2
  const [one, other] = await Promise.all([
    identity.keys.verify('a text', next.sign('a text')),
    identity.keys.verify('another text', next.sign('a text')),
  ])
  assert.equal([one, other], [true, false])
  assert.is(fleet.bodies(paths.keys).length, 1)
  identity.keys.heard(before)
  assert.ok(await identity.keys.verify('a text', next.sign('a text')))
  // An invented key makes no flood of questions.
  const invented = makeSigningKey()
  assert.not(await identity.keys.verify('a text', invented.sign('a text')))
  assert.not(await identity.keys.verify('a text', invented.sign('a text')))
  assert.is(fleet.bodies(paths.keys).length, 1)
  await identity.stop()
  const later = again().identity
  await later.start()
  assert.ok(await later.keys.verify('a text', next.sign('a text')), 'it is kept')
  await later.stop()
  await close()
})

anEnrolledTerminal.run()
