import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { resumableSeconds, ticketKeys } from '../../../fleet/door/tickets.ts'

const key = Buffer.alloc(32, 7)
const week = resumableSeconds * 1000
const now = 2000 * week

const keys = suite('the keys of session tickets')

keys('are the same for as long as a session lasts, so that a restart ends none', () => {
  const before = ticketKeys(key, ['an authority'], now)
  assert.is(before.length, 48)
  assert.equal(ticketKeys(Buffer.from(key), ['an authority'], now + week - 1), before)
})

keys('are others in the next week, for other authorities, and for another fleet', () => {
  const seen = [
    ticketKeys(key, ['an authority'], now),
    ticketKeys(key, ['an authority'], now + week),
    ticketKeys(key, ['an authority', 'another'], now),
    ticketKeys(Buffer.alloc(32, 8), ['an authority'], now),
  ]
  // The first 16 bytes say by which keys a ticket was sealed, the others seal it.
  for (const part of [0, 16, 32]) {
    assert.is(new Set(seen.map((one) => one.subarray(part, part + 16).toString('hex'))).size, seen.length)
  }
})

keys.run()
