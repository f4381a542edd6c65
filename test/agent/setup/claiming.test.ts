import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Claim, IdentityState } from '../../../agent/identity/identity.ts'
import { createClaiming } from '../../../agent/setup/claiming.ts'
import { SetupFault } from '../../../agent/setup/fault.ts'
import type { ClaimFile } from '../../../protocol/claim-file.ts'
import { scratch } from '../../support/agent-parts.ts'

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

const problemOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (thrown: unknown) => (thrown instanceof SetupFault ? thrown.problem : String(thrown)),
  )

const aClaim = suite('a claim')

aClaim('is typed as people type, or is what a QR reader gave', async () => {
  for (const typed of [code, '4qkx7-mnt9b', ' 4QKX7 MNT9B ', `AVYL:CLAIM:${code}`]) {
    const identity = identityOf({ is: 'enrolling' }, { is: 'pending' })
    const claimed = await createClaiming(identity, []).claim({ code: typed }, never)
    assert.equal([identity.claims, claimed.admission], [[{ code }], 'pending'], typed)
  }
})

aClaim('that is no code is refused before anything is asked', async () => {
  const identity = identityOf()
  const claiming = createClaiming(identity, [])
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
  const claimed = await createClaiming(identity, []).claim({ code }, never)
  assert.is(claimed.admission, undefined)
})

aClaim('that the fleet refuses says why', async () => {
  const problems = ['claim-unknown', 'claim-locked', 'claim-expired', 'claim-used', 'serial-differs'] as const
  for (const problem of problems) {
    const identity = identityOf({ is: 'refused', problem })
    assert.is(await problemOf(createClaiming(identity, []).claim({ code }, never)), problem)
  }
  const foreign = identityOf({ is: 'enrolling', trouble: 'untrusted' })
  assert.is(await problemOf(createClaiming(foreign, []).claim({ code }, never)), 'fleet-untrusted')
})

aClaim('is made once', async () => {
  const identity = identityOf({ is: 'accepted' })
  const claiming = createClaiming(identity, [])
  await claiming.claim({ code }, never)
  assert.is((await claiming.claim({}, never)).admission, 'accepted')
  assert.is(identity.claims.length, 1)
})

aClaim('is found as a file on a memory stick, and brings address and roots', async () => {
  const folder = scratch()
  const identity = identityOf({ is: 'accepted' })
  const claiming = createClaiming(identity, [join(folder, 'none'), folder])
  assert.is(await claiming.find(), undefined)
  await mkdir(join(folder, 'technician', 'STICK'), { recursive: true })
  const path = join(folder, 'technician', 'STICK', 'avyl-claim.json')
  await writeFile(path, '{"version":1}')
  assert.is(await claiming.find(), undefined)
  await writeFile(path, JSON.stringify(file))
  assert.equal(await claiming.find(), file)
  await claiming.claim({}, never)
  assert.equal(identity.claims, [{ code, fleet: file.fleet, ca: 'PEM' }])
})

aClaim('in a file for another machine is refused here', async () => {
  const identity = identityOf()
  const other = { ...file, serial: 'S-2' }
  assert.is(await problemOf(createClaiming(identity, []).claim({ file: other }, never)), 'serial-differs')
})

aClaim.run()
