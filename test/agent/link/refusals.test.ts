import { mock } from 'node:test'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createClock } from '../../../agent/link/clock.ts'
import type { Unstamped } from '../../../agent/link/line.ts'
import { createRefusals } from '../../../agent/link/refusals.ts'
import { silent } from '../../support/agent-parts.ts'

const minute = 60_000

const refusals = () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const told: unknown[] = []
  const outbox = {
    put: (_: string, body: unknown) => {
      const { type, data } = body as Unstamped<'event'>
      told.push([type, data])
    },
  }
  return { told, ...createRefusals({ outbox, clock: createClock(), logger: silent }) }
}

const refused = suite('refused messages')
refused.after.each(() => mock.timers.reset())

refused('are told at once, and then no more often than every ten minutes', () => {
  const { count, told } = refusals()
  count('command', 'unproven')
  assert.equal(told, [['message-refused', { kind: 'command', reason: 'unproven', count: 1 }]])
  for (let more = 0; more < 1000; more += 1) count('command', 'unproven')
  count('cancel', 'unsigned')
  mock.timers.tick(9 * minute)
  assert.is(told.length, 1)
  mock.timers.tick(minute)
  assert.equal(told[1], ['message-refused', { kind: 'cancel', reason: 'unsigned', count: 1001 }])
  mock.timers.tick(10 * minute)
  assert.is(told.length, 2, 'silence is not told')
  count('desired', 'malformed')
  assert.is(told.length, 3)
})

refused('that were not told yet are told when the agent stops', () => {
  const { count, stop, told } = refusals()
  count('command', 'unproven')
  count('command', 'unproven')
  stop()
  assert.is(told.length, 2)
  mock.timers.tick(10 * minute)
  assert.is(told.length, 2)
})

refused.run()
