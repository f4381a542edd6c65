import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Identity, IdentityState } from '../../../agent/identity/identity.ts'
import { SetupFault } from '../../../agent/setup/fault.ts'
import { openRecord } from '../../../agent/setup/record.ts'
import { createSetup } from '../../../agent/setup/setup.ts'
import type { StepWork } from '../../../agent/setup/work.ts'
import type { ClaimFile } from '../../../protocol/claim-file.ts'
import type { SetupProgress, SetupState } from '../../../protocol/setup.ts'
import { silent } from '../../support/agent-parts.ts'

const never = new AbortController().signal
const file: ClaimFile = {
  version: 1,
  device: 'kitelga',
  village: 'Кителга',
  code: '4QKX7MNT9B',
  expiresAt: 1_800_000_000_000,
  fleet: { host: 'fleet.test', port: 8883 },
  ca: 'PEM',
}

/** An identity that becomes what it is told. */
const openIdentity = (first: IdentityState['is']) => {
  let state = { is: first } as IdentityState
  let news = Promise.withResolvers<void>()
  const identity: Identity = {
    get state() {
      return state
    },
    async *changes(signal) {
      const gone = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      while (!signal.aborted) {
        const heard = news.promise
        yield state
        await Promise.race([heard, gone])
      }
    },
    fingerprint: '1234 5678 9012',
    serial: 'S-1',
    device: 'kitelga',
    village: 'Кителга',
    enrol: async () => {},
  }
  const become = (next: IdentityState) => {
    state = next
    news.resolve()
    news = Promise.withResolvers()
  }
  return { identity, become }
}

const open = ({
  is = 'unclaimed' as IdentityState['is'],
  claim = { state: 'open' } as SetupProgress['claim'],
  own = async (): Promise<ClaimFile | undefined> => undefined,
  work = {} as Partial<StepWork>,
}) => {
  const { identity, become } = openIdentity(is)
  const record = openRecord({ get: () => undefined, set: () => {} })
  record.setStep('claim', claim)
  const setup = createSetup({
    ...{ identity, record, work: work as StepWork, files: { own } },
    languages: () => ['tt', 'ru'],
    now: () => 7,
    logger: silent,
  })
  setup.start()
  const until = async (fits: (state: SetupState) => boolean): Promise<SetupState> => {
    for await (const state of setup.changes(never)) if (fits(state)) return state
    throw new Error('The states ended')
  }
  return { setup, become, until }
}

const claimIs = (is: SetupProgress['claim']['state']) => (state: SetupState) => state.steps.claim.state === is

const settingUp = suite('setting up')

settingUp(
  'has the claim done that a power cut or a person ended, once the fleet has answered it',
  async () => {
    for (const problem of ['cut-short', 'cancelled', 'fleet-untrusted'] as const) {
      for (const is of ['pending', 'accepted', 'quarantined'] as const) {
        const { setup, become, until } = open({ is: 'enrolling', claim: { state: 'failed', problem } })
        assert.is((await setup.state()).steps.claim.problem, problem)
        become({ is })
        const { steps } = await until(claimIs('done'))
        const result = { device: 'kitelga', village: 'Кителга', admission: is }
        assert.equal(steps.claim, { state: 'done', at: 7, result })
        await setup.stop()
      }
    }
  },
)

settingUp(
  'has it done also where the answer came before the step was ended, or before a restart',
  async () => {
    const restarted = open({ is: 'pending', claim: { state: 'failed', problem: 'cut-short' } })
    await restarted.until(claimIs('done'))
    await restarted.setup.stop()
    const { setup, become, until } = open({
      is: 'enrolling',
      work: {
        claim: (_, { signal }) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      },
    })
    assert.ok(setup.begin('claim', {}))
    become({ is: 'pending' })
    await until(({ admission }) => admission === 'pending')
    setup.cancel()
    await until(claimIs('done'))
    await setup.stop()
  },
)

settingUp('leaves a claim failed that the fleet does not know', async () => {
  const failed = { state: 'failed', problem: 'cancelled' } as const
  const { setup, become, until } = open({ is: 'enrolling', claim: failed })
  become({ is: 'revoked' })
  assert.equal((await until(({ admission }) => admission === 'revoked')).steps.claim, failed)
  await setup.stop()
})

settingUp('tells what becomes of a claim that waited for the line, to its revocation', async () => {
  const { setup, become, until } = open({ is: 'enrolling', claim: { state: 'done', result: {} } })
  become({ is: 'pending' })
  await until(({ steps }) => steps.claim.result?.admission === 'pending')
  become({ is: 'revoked' })
  assert.is((await until(claimIs('failed'))).steps.claim.problem, 'revoked')
  await setup.stop()
})

settingUp('tells that a claim which waited for the line was refused', async () => {
  const { setup, become, until } = open({ is: 'enrolling', claim: { state: 'done', result: {} } })
  become({ is: 'refused', problem: 'claim-expired' })
  assert.is((await until(claimIs('failed'))).steps.claim.problem, 'claim-expired')
  await setup.stop()
})

settingUp('offers the file for this terminal while it is to be claimed, also anew', async () => {
  for (const [is, isOffered] of [
    ['unclaimed', true],
    ['revoked', true],
    ['pending', false],
  ] as const) {
    const { setup } = open({ is, own: async () => file })
    const offered = isOffered ? { device: 'kitelga', village: 'Кителга' } : undefined
    assert.equal((await setup.state()).claimFile, offered, is)
    await setup.stop()
  }
})

settingUp('offers no file where none is certain to be for this terminal, and says why', async () => {
  const villages = 'Азеево, Кителга'
  const own = async () => {
    throw new SetupFault('claim-other-device', villages)
  }
  const { setup } = open({ own })
  const { claimFile, claimFiles } = await setup.state()
  assert.equal([claimFile, claimFiles], [undefined, { problem: 'claim-other-device', villages }])
  await setup.stop()
})

settingUp('leaves the memory stick in peace while a step runs', async () => {
  let looks = 0
  const ended = Promise.withResolvers<{ checks: [] }>()
  const { setup, until } = open({
    own: async () => {
      looks += 1
      return file
    },
    work: {
      selftest: (_, { show }) => {
        for (let percent = 1; percent < 100; percent += 1) show(percent)
        return ended.promise
      },
    },
  })
  await setup.state()
  const before = looks
  setup.begin('selftest', {})
  assert.equal((await setup.state()).claimFile, { device: 'kitelga', village: 'Кителга' })
  assert.is(looks, before)
  ended.resolve({ checks: [] })
  await until(({ steps }) => steps.selftest.state === 'done')
  assert.ok(looks > before)
  await setup.stop()
})

settingUp.run()
