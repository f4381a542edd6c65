import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Capability } from '../../../agent/capability.ts'
import { capabilityTests, deepTests, ownTests, runSelfTests } from '../../../agent/health/selftests.ts'
import { createClock } from '../../../agent/link/clock.ts'
import type { CapabilityReport } from '../../../protocol/messages.ts'
import { scratch, testLine } from '../../support/agent-parts.ts'

const never = new AbortController().signal
const capability = (name: string, report: () => Promise<CapabilityReport>) =>
  ({ name, report }) as unknown as Capability

const aSelfTest = suite('a self-test')

aSelfTest('says of each capability what it said of itself', async () => {
  const { ok, checks } = await runSelfTests(
    capabilityTests([
      capability('scanner', async () => ({ present: true, ok: true })),
      capability('printer', async () => ({ present: true, ok: false, detail: 'media-empty' })),
      capability('copier', async () => ({ present: false, ok: false })),
      capability('terminal', async () => ({ present: true, ok: false })),
    ]),
    never,
  )
  assert.is(ok, false)
  assert.equal(
    checks.map(({ name, ok, detail }) => `${name} ${ok} ${detail}`),
    [
      'scanner true answers',
      'printer false media-empty',
      'copier false is not there',
      'terminal false does not answer',
    ],
  )
})

aSelfTest('looks deeper where a device answers, and only there', async () => {
  const deep = (name: string, ok: boolean) => ({
    ...capability(name, async () => ({ present: true, ok })),
    test: async () => ({ ok: false, detail: 'the lamp is dark' }),
  })
  const plain = capability('copier', async () => ({ present: true, ok: true }))
  const { checks } = await runSelfTests(
    deepTests([deep('scanner', true), deep('printer', false), plain]),
    never,
  )
  assert.equal(
    checks.map(({ name, ok, detail }) => `${name} ${ok} ${detail}`),
    ['scanner false answers; the lamp is dark', 'printer false does not answer', 'copier true answers'],
  )
})

aSelfTest('outlives a check that throws', async () => {
  const { checks } = await runSelfTests(
    capabilityTests([
      capability('scanner', async () => {
        throw new Error('boom')
      }),
    ]),
    never,
  )
  assert.equal(checks, [{ name: 'scanner', ok: false, detail: 'boom' }])
})

aSelfTest('ends with its signal, even when a check does not', async () => {
  const gone = new AbortController()
  const running = runSelfTests(
    capabilityTests([capability('scanner', () => new Promise(() => {}))]),
    gone.signal,
  ).catch((thrown) => thrown)
  const reason = new Error('enough')
  gone.abort(reason)
  assert.is(await running, reason)
})

aSelfTest("looks at the terminal's own parts", async () => {
  let marks = 0
  const line = testLine()
  line.fall()
  const clock = createClock()
  const { checks } = await runSelfTests(
    ownTests({ line, clock, dataFolder: scratch(), writeMark: () => marks++ }),
    never,
  )
  assert.equal(
    checks.map(({ name, ok }) => [name, ok]),
    [
      ['line', false],
      ['clock', false],
      ['disk', true],
      ['database', true],
    ],
  )
  assert.is(marks, 1)
  clock.saw(Date.now())
  line.rise()
  const again = await runSelfTests(
    ownTests({ line, clock, dataFolder: scratch(), writeMark: () => marks++ }),
    never,
  )
  assert.is(again.ok, true)
})

aSelfTest.run()
