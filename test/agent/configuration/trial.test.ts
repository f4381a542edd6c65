import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type TrialParts, watchTrial } from '../../../agent/configuration/trial.ts'

const never = new AbortController().signal
const times = { steadyMs: 30_000, longestMs: 120_000, everyMs: 0 }

/** A trial whose looks are ten seconds apart; `seconds` have passed when it is over. */
const watch = async (partsAt: (seconds: number) => Partial<TrialParts>) => {
  let seconds = -10
  const now = () => partsAt(seconds)
  const looks: number[] = []
  const survivals: number[] = []
  const why = await watchTrial(
    {
      times,
      monotonic() {
        seconds += 10
        return seconds * 1000
      },
      told: () => now().told?.() ?? true,
      isExcused: () => now().isExcused?.() ?? false,
      isSettled: () => now().isSettled?.() ?? true,
      async worse(signal) {
        looks.push(seconds)
        return (await now().worse?.(signal)) ?? []
      },
      survived: () => survivals.push(seconds),
    },
    never,
  )
  return { why, seconds, looks, survivals }
}

const aTrial = suite('the trial of a configuration')

aTrial('is over when all held for a while, or when it will never be well', async () => {
  assert.equal(await watch(() => ({})), { why: undefined, seconds: 30, looks: [30], survivals: [] })
  const lost = await watch(() => ({ worse: async () => ['scanner'] }))
  assert.equal([lost.why, lost.seconds], ['No longer well: scanner', 120])
  const mended = await watch((seconds) => ({ worse: async () => (seconds < 70 ? ['scanner'] : []) }))
  assert.equal([mended.why, mended.seconds], [undefined, 70])
})

aTrial(
  'ends when the fleet is not reached, also where something is still to be brought from it',
  async () => {
    const cut = await watch(() => ({ told: () => false, isSettled: () => false }))
    assert.equal([cut.why, cut.seconds], ['The fleet was not reached', 120])
  },
)

aTrial('stands still while the line is down for another cause', async () => {
  const { why, seconds, survivals } = await watch((now) => ({
    told: () => now > 3600,
    isExcused: () => now <= 3600,
    worse: async () => (now < 3660 ? ['scanner'] : []),
  }))
  assert.equal([why, seconds], [undefined, 3660])
  assert.equal(survivals, [120], 'that the agent lives under it is known long before')
})

aTrial('begins when every part runs by it', async () => {
  const { why, seconds, looks } = await watch((now) => ({ isSettled: () => now > 3600 }))
  assert.equal([why, seconds, looks], [undefined, 3630, [3630]])
})

aTrial.run()
