import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openRecord } from '../../../../agent/setup/record.ts'
import { type WalkOptions, walk } from '../../../../agent/setup/shell/walk.ts'
import {
  type ClaimInput,
  type SetupProblem,
  type SetupState,
  type SetupStep,
  setupSteps,
} from '../../../../protocol/setup.ts'
import { translator } from '../../../../provisioning/texts/texts.ts'

const { steps: untouched } = openRecord({ get: () => undefined, set: () => {} })
const fresh: SetupState = { serial: 'S', fingerprint: '1234 5678 9012', languages: ['ru'], steps: untouched }
const claimed: SetupState = { ...fresh, steps: { ...untouched, claim: { state: 'done', result: {} } } }
const claimFile = { device: 'kitelga', village: 'Кителга' }

interface Met {
  readonly from?: Partial<SetupState>
  readonly options?: Partial<WalkOptions>
  /** What the person answers; nothing but Enter where there is no more. */
  readonly answers?: readonly string[]
  /** The steps that fail, and why. */
  readonly problems?: Partial<Record<SetupStep, SetupProblem>>
}

/** Walks with an agent whose steps all succeed unless told. */
const walked = async ({ from = {}, options = {}, answers = [], problems = {} }: Met) => {
  let state: SetupState = { ...fresh, ...from }
  const begun: (readonly [SetupStep, ClaimInput])[] = []
  const asked: string[] = []
  const told: string[] = []
  const field = {
    state: async () => state,
    until: async () => state,
    async run(step: SetupStep, input: ClaimInput) {
      begun.push([step, input])
      const problem = problems[step]
      const own = problem ? { state: 'failed' as const, problem } : { state: 'done' as const }
      state = { ...state, steps: { ...state.steps, [step]: own } }
      return state
    },
  }
  const person = {
    ask: async (question: string) => answers[asked.push(question) - 1] ?? '',
    tell: (line: string) => void told.push(line),
    show: () => {},
  }
  await walk(field, person, translator('en'), { yes: false, again: false, ...options })
  return {
    asked,
    told,
    steps: begun.map(([step]) => step),
    claim: begun.find(([step]) => step === 'claim')?.[1],
  }
}

const aWalk = suite('a walk through the steps')

aWalk('asks three questions at most: the code, the sheet on the glass, the end', async () => {
  const { asked, steps, claim } = await walked({ answers: ['4qkx7-mnt9b'] })
  assert.is(asked.length, 3)
  assert.equal([...steps], [...setupSteps])
  assert.equal(claim, { code: '4qkx7-mnt9b' })
})

aWalk('tells whose file it found before it uses it, and takes a code in its place', async () => {
  const used = await walked({ from: { claimFile } })
  assert.is(used.asked.length, 3)
  assert.ok(used.told.includes('The claim file was found: Кителга.'), used.told.join('\n'))
  assert.equal(used.claim, {})
  const typed = await walked({ from: { claimFile }, answers: ['4qkx7-mnt9b'] })
  assert.equal(typed.claim, { code: '4qkx7-mnt9b' })
})

aWalk('tells which files it found where none is certain, and asks for the code', async () => {
  const claimFiles = { problem: 'claim-other-device', villages: 'Азеево, Кителга' } as const
  const { told, claim } = await walked({ from: { claimFiles }, answers: ['4qkx7-mnt9b'] })
  const found = told.find((line) => line.includes(claimFiles.villages)) ?? ''
  assert.match(found, /^Claim files were found: .*several villages.*code of the label/)
  assert.equal(claim, { code: '4qkx7-mnt9b' })
})

aWalk('that asks nothing uses the file that was found, and tells whose it is', async () => {
  const { asked, told, claim } = await walked({ from: { claimFile }, options: { yes: true } })
  assert.equal([asked, claim], [[], {}])
  assert.ok(told.includes('The claim file was found: Кителга.'))
})

aWalk('ends where the fleet is not known: such a claim was not kept', async () => {
  const { told, steps } = await walked({
    options: { code: '4QKX7MNT9B' },
    problems: { uplink: 'fleet-unknown', claim: 'fleet-unknown' },
  })
  assert.equal(steps, ['uplink', 'claim'])
  assert.match(told.at(-1) ?? '', /address of Kazan is not known/)
})

aWalk('goes on without what can come later', async () => {
  for (const problem of ['fleet-unreachable', 'rate-limited'] as const) {
    assert.is((await walked({ problems: { claim: problem } })).steps.length, setupSteps.length)
  }
})

aWalk('claims a terminal anew that was revoked', async () => {
  const revoked = { ...fresh.steps, claim: { state: 'failed', problem: 'revoked' } as const }
  const { asked, claim } = await walked({ from: { steps: revoked, admission: 'revoked' }, answers: ['N'] })
  assert.is(asked.length, 3)
  assert.equal(claim, { code: 'N' })
  const { claim: found } = await walked({ from: { steps: revoked, admission: 'revoked', claimFile } })
  assert.equal(found, {})
})

aWalk(
  'hands in a code that is given although an earlier one waits, unless the terminal is admitted',
  async () => {
    const code = '4QKX7MNT9B'
    for (const admission of [undefined, 'revoked'] as const) {
      const from = { ...claimed, ...(admission ? { admission } : {}) }
      assert.equal((await walked({ from, options: { code } })).claim, { code }, admission)
    }
    for (const admission of ['pending', 'accepted', 'quarantined'] as const) {
      assert.is((await walked({ from: { ...claimed, admission }, options: { code } })).claim, undefined)
    }
    assert.is((await walked({ from: claimed })).claim, undefined)
  },
)

aWalk.run()
