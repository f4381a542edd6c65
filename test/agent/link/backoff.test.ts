import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createBackoff } from '../../../agent/link/backoff.ts'
import { seeded } from '../../support/agent-parts.ts'

const waiting = suite('terminals that lost the fleet')

waiting('wait evenly at random up to a bound that doubles to its cap', () => {
  const random = seeded(7)
  const bounds = [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]
  const waits = Array.from({ length: 700 }, () => {
    const backoff = createBackoff({ random })
    return bounds.map(() => backoff.next())
  })
  for (const [index, bound] of bounds.entries()) {
    const column = waits.map((each) => each[index] ?? Number.NaN)
    const mean = column.reduce((sum, wait) => sum + wait, 0) / column.length
    assert.ok(column.every((wait) => wait >= 0 && wait < bound))
    assert.ok(Math.abs(mean - bound / 2) < bound * 0.05, `the mean of try ${index} is ${mean}`)
    const tenths = new Set(column.map((wait) => Math.floor((10 * wait) / bound)))
    assert.is(tenths.size, 10)
  }
})

waiting('begin anew after a good line', () => {
  const backoff = createBackoff({ random: () => 0.999 })
  for (let tries = 0; tries < 100; tries++) assert.ok(backoff.next() < 30_000)
  backoff.reset()
  assert.ok(backoff.next() < 1000)
})

waiting('stop waiting when they are told to', async () => {
  const stopped = new AbortController()
  const wait = createBackoff({ base: 60_000, random: () => 0.9 }).wait(stopped.signal)
  const reason = new Error('stop')
  stopped.abort(reason)
  assert.is(await wait.catch((thrown) => thrown), reason)
  assert.is(
    await createBackoff()
      .wait(stopped.signal)
      .catch((thrown) => thrown),
    reason,
  )
})

waiting('go on when the time is over', async () => {
  await createBackoff({ base: 1 }).wait(new AbortController().signal)
})

waiting.run()
