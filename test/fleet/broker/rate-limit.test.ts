import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RateLimit } from '../../../fleet/broker/rate-limit.ts'

const aRateLimit = suite('a rate limit')

aRateLimit('lets a burst through and then the steady rate', () => {
  let now = 0
  const limit = new RateLimit({ perSecond: 10, burst: 3 }, () => now)
  assert.equal(
    [1, 2, 3].map(() => limit.take('a')),
    [0, 0, 0],
  )
  assert.is(limit.take('a'), 100)
  now = 50
  assert.is(limit.take('a'), 50)
  now = 100
  assert.is(limit.take('a'), 0)
  assert.is(limit.take('a'), 100)
})

aRateLimit('counts each key by itself and forgets nothing while it waits', () => {
  let now = 0
  const limit = new RateLimit({ perSecond: 1, burst: 1 }, () => now)
  assert.is(limit.take('a'), 0)
  assert.is(limit.take('__proto__'), 0)
  assert.is(limit.take('a'), 1000)
  now = 1_000_000
  assert.is(limit.take('a'), 0)
  assert.is(limit.take('a'), 1000)
})

aRateLimit('keeps a bounded number of keys', () => {
  const limit = new RateLimit({ perSecond: 1, burst: 1 }, () => 0)
  limit.take('first')
  for (let number = 0; number < 20_000; number += 1) limit.take(`k${number}`)
  assert.is(limit.take('first'), 0)
  assert.is(limit.take('k19999'), 1000)
})

aRateLimit.run()
