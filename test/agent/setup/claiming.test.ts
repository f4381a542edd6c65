import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Claim, IdentityState } from '../../../agent/identity/identity.ts'
import type { ClaimFiles } from '../../../agent/setup/claim-files.ts'
import { type ClaimingParts, createClaiming } from '../../../agent/setup/claiming.ts'
import { SetupFault } from '../../../agent/setup/fault.ts'
import type { ClaimFile } from '../../../protocol/claim-file.ts'
import { claimOf, makeIdentity } from '../../support/identities.ts'
import { openPretendDoor, type PretendDoor } from '../../support/pretend-door.ts'

const code = '4QKX7MNT9B'
const file: ClaimFile = {
  version: 1,
  device: 'kitelga',
  village: 'Кителга',
  code,
  expiresAt: 1_800_000_000_000,
  fleet: { host: 'fleet.test', port: 8883 },
  ca: 'PEM',
  serial: 'S-1',
}
const never = new AbortController().signal

/** An identity whose enrolment goes through these states. */
const identityOf = (...states: readonly IdentityState[]) => {
  const claims: Claim[] = []
  let state: IdentityState = { is: 'unclaimed' }
  return {
    claims,
    serial: 'S-1',
    device: 'kitelga',
    village: 'Кителга',
    get state() {
      return state
    },
    async *changes() {
      for (const next of states) {
        state = next
        yield next
      }
    },
    async enrol(claim: Claim) {
      claims.push(claim)
    },
  }
}

/** Nothing is on a stick and nothing is known of a fleet, unless told. */
const claimingOf = (
  identity: ClaimingParts['identity'],
  files: Partial<ClaimFiles> = {},
  whereFleet: ClaimingParts['whereFleet'] = async () => undefined,
) => {
  const nothing = async () => undefined
  const parts = { own: nothing, withCode: nothing, newest: nothing, ...files }
  return createClaiming({ identity, files: parts, whereFleet })
}

const problemOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (thrown: unknown) => (thrown instanceof SetupFault ? thrown.problem : String(thrown)),
  )

const aClaim = suite('a claim')

aClaim('is typed as people type, or is what a QR reader gave', async () => {
  for (const typed of [code, '4qkx7-mnt9b', ' 4QKX7 MNT9B ', `AVYL:CLAIM:${code}`]) {
    const identity = identityOf({ is: 'enrolling' }, { is: 'pending' })
    const claimed = await claimingOf(identity).claim({ code: typed }, never)
    assert.equal([identity.claims, claimed.admission], [[{ code }], 'pending'], typed)
  }
})

aClaim('that is no code is refused before anything is asked', async () => {
  const identity = identityOf()
  const claiming = claimingOf(identity)
  for (const input of [
    { code: '' },
    { code: 'TOO-SHORT' },
    { code: 'UUUUU-UUUUU' },
    {},
    5,
    { code, more: 1 },
  ]) {
    assert.is(await problemOf(claiming.claim(input, never)), 'code-invalid', JSON.stringify(input))
  }
  assert.is(identity.claims.length, 0)
})

aClaim('without a line is kept, and the technician goes on', async () => {
  const identity = identityOf({ is: 'enrolling' }, { is: 'enrolling', trouble: 'unreachable' })
  const claimed = await claimingOf(identity).claim({ code }, never)
  assert.is(claimed.admission, undefined)
})

aClaim('that the fleet refuses says why', async () => {
  const problems = ['claim-unknown', 'claim-locked', 'claim-expired', 'claim-used', 'serial-differs'] as const
  for (const problem of problems) {
    const identity = identityOf({ is: 'refused', problem })
    assert.is(await problemOf(claimingOf(identity).claim({ code }, never)), problem)
  }
  const foreign = identityOf({ is: 'enrolling', trouble: 'untrusted' })
  assert.is(await problemOf(claimingOf(foreign).claim({ code }, never)), 'fleet-untrusted')
})

aClaim('is made once', async () => {
  const identity = identityOf({ is: 'accepted' })
  const claiming = claimingOf(identity)
  await claiming.claim({ code }, never)
  assert.is((await claiming.claim({}, never)).admission, 'accepted')
  assert.is(identity.claims.length, 1)
})

aClaim('is asked for anew on a terminal that was revoked', async () => {
  const identity = identityOf({ is: 'enrolling' }, { is: 'pending' })
  const revoked = { ...identity, state: { is: 'revoked' } as const }
  assert.is((await claimingOf(revoked).claim({ code }, never)).admission, 'pending')
  assert.equal(identity.claims, [{ code }])
  const still = identityOf({ is: 'revoked' })
  assert.is(await problemOf(claimingOf(still).claim({ code }, never)), 'revoked')
})

aClaim('in a file on a memory stick brings address and roots, by itself or by its code', async () => {
  const found = { own: async () => file, withCode: async (one: string) => (one === code ? file : undefined) }
  for (const input of [{}, { code: '4qkx7-mnt9b' }]) {
    const identity = identityOf({ is: 'accepted' })
    await claimingOf(identity, found).claim(input, never)
    assert.equal(identity.claims, [{ code, fleet: file.fleet, ca: 'PEM' }])
  }
})

aClaim('is not made where none of several files is certain, and says why', async () => {
  const identity = identityOf()
  const own = async () => {
    throw new SetupFault('claim-other-device')
  }
  assert.is(await problemOf(claimingOf(identity, { own }).claim({}, never)), 'claim-other-device')
  assert.is(identity.claims.length, 0)
})

aClaim('in a file for another machine is refused here', async () => {
  const identity = identityOf()
  const other = { ...file, serial: 'S-2' }
  assert.is(await problemOf(claimingOf(identity).claim({ file: other }, never)), 'serial-differs')
  const withCode = async () => other
  assert.is(await problemOf(claimingOf(identity, { withCode }).claim({ code }, never)), 'serial-differs')
})

aClaim.run()

const aCodeAlone = suite('a code on a terminal whose configuration names no fleet')
let fleet: PretendDoor
aCodeAlone.before.each(async () => {
  fleet = await openPretendDoor()
})
aCodeAlone.after.each(() => fleet?.close())

aCodeAlone('goes to the fleet that any file on the stick names', async () => {
  const { identity } = makeIdentity()
  await identity.start()
  const { fleet: address, ca } = claimOf(fleet)
  const claiming = claimingOf(identity, {}, async () => ({ address, ca }))
  assert.is((await claiming.claim({ code: fleet.code }, never)).admission, 'accepted')
  await identity.stop()
})

aCodeAlone(
  'says that the fleet is not known where nothing names it, or nothing by which it is known',
  async () => {
    const { identity } = makeIdentity()
    await identity.start()
    const { address } = fleet
    for (const known of [undefined, { address, ca: 'no certificate' }]) {
      const claiming = claimingOf(identity, {}, async () => known)
      assert.is(await problemOf(claiming.claim({ code: fleet.code }, never)), 'fleet-unknown')
    }
    assert.equal(identity.state, { is: 'unclaimed' })
    await identity.stop()
  },
)

aCodeAlone.run()
