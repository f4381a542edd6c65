import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createUplink } from '../../../agent/link/uplink.ts'

const never = new AbortController().signal

/** An uplink on a clock that goes as far as it is waited for. */
const limitedTo = (rate: () => number) => {
  let now = 0
  const uplink = createUplink({
    rate,
    monotonic: () => now,
    wait: async (milliseconds) => {
      now += milliseconds
    },
  })
  return { uplink, now: () => now }
}

const anUplink = suite('an uplink')

anUplink('lets no more pass than its rate, but for a short burst', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1024, max: 1_000_000 }),
      fc.array(fc.integer({ min: 1, max: 16_384 }), { minLength: 1, maxLength: 50 }),
      async (rate, pieces) => {
        const { uplink, now } = limitedTo(() => rate)
        let passed = 0
        for (const piece of pieces) {
          await uplink.pass(piece, never)
          passed += piece
          assert.ok(passed <= (rate * (now() + 250)) / 1000 + 1)
        }
      },
    ),
    { seed: 6, numRuns: 100 },
  )
})

anUplink('without a limit lets everything pass at once', async () => {
  const { uplink, now } = limitedTo(() => 0)
  await uplink.pass(1_000_000_000, never)
  assert.is(now(), 0)
})

anUplink('gives the same bytes in small pieces, at a rate that may change', async () => {
  let rate = 2048
  const { uplink, now } = limitedTo(() => rate)
  const bytes = Buffer.from(Array.from({ length: 10_000 }, (_, n) => n % 251))
  const limited = uplink.limited(Readable.from([bytes.subarray(0, 9000), bytes.subarray(9000)]), never)
  let largest = 0
  limited.on('data', (piece: Buffer) => {
    largest = Math.max(largest, piece.length)
    rate = 4096
  })
  assert.equal(await buffer(limited), bytes)
  assert.ok(largest <= 1024)
  assert.ok(now() >= 2000)
  const free = limitedTo(() => 0)
  assert.equal(await buffer(free.uplink.limited(Readable.from([bytes]), never)), bytes)
})

anUplink('passes on that the bytes could not be read, and that nobody waits any more', async () => {
  const { uplink } = limitedTo(() => 1024)
  const broken = new Readable({
    read() {
      this.destroy(new Error('the disk is gone'))
    },
  })
  const thrown = await buffer(uplink.limited(broken, never)).catch((error: Error) => error.message)
  assert.is(thrown, 'the disk is gone')
  const stopped = new AbortController()
  const waiting = createUplink({ rate: () => 1024, monotonic: () => 0 }).pass(1_000_000, stopped.signal)
  stopped.abort(new Error('over'))
  assert.is(await waiting.catch((error: Error) => error.message), 'over')
})

anUplink.run()
