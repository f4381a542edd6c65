import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createStall } from '../../../agent/link/stall.ts'

const anAgent = suite('an agent that stands still')

anAgent('tells for how long, once, and nothing of short pauses', () => {
  let now = 5000
  const stall = createStall(() => now)
  stall.start()
  now += 9000
  assert.is(stall.take(), undefined)
  now += 41_000
  assert.is(stall.take(), 40_000)
  assert.is(stall.take(), undefined)
  stall.stop()
})

anAgent.run()
