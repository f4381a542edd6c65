import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rangeOf } from '../../../fleet/api/range.ts'
import { ProblemError } from '../../../fleet/problem.ts'

const aRange = suite('a range of time in a query')
const now = Date.UTC(2026, 10, 20)

aRange('is the last day when nothing is said', () => {
  assert.equal(rangeOf({}, now), { from: now - 86_400_000, until: now })
})

aRange('takes milliseconds and dates alike', () => {
  assert.equal(rangeOf({ from: '1000', to: '1970-01-01T00:00:02Z' }, now), { from: 1000, until: 2000 })
})

aRange('is refused when it is none', () => {
  for (const query of [
    { from: 'yesterday' },
    { from: '2', to: '1' },
    { from: '0', to: String(now) },
    { to: '' },
  ]) {
    assert.throws(
      () => rangeOf(query, now),
      (error: unknown) => error instanceof ProblemError && error.code === 'invalid',
    )
  }
})

aRange.run()
