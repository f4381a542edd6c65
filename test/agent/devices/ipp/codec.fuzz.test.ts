import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  decodeMessage,
  encodeMessage,
  IppError,
  type IppMessage,
  usualLimits,
} from '../../../../agent/devices/ipp/ipp.ts'

/** How many mutated messages are read; each in a few microseconds. */
const runs = Number(process.env.AVYL_FUZZ_RUNS ?? 200_000)
const seed = Number(process.env.AVYL_FUZZ_SEED ?? 8010)

/** The longest that one message may take, in milliseconds. */
const mostMs = 50

const replies = [
  'printer-attributes',
  'queue-attributes',
  'job-attributes',
  'print-job',
  'print-job-busy',
].map((name) => readFileSync(`test/fixtures/ipp/${name}.ipp`))

const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 6 })
// The small ones more often: a flip in them hits what matters sooner.
const reply = fc.constantFrom(...replies, ...replies.slice(2), ...replies.slice(2))

const mutated: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(reply, flips).map(([data, at]) => flip(data, at)) },
  {
    weight: 2,
    arbitrary: fc.tuple(reply, fc.nat()).map(([data, cut]) => data.subarray(0, cut % data.length)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(reply, flips, fc.nat(), fc.nat())
      .map(([data, at, from, length]) => splice(flip(data, at), from, length % 64)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((tail) => Buffer.concat([opening, tail])) },
)
const opening = Buffer.from([2, 0, 0, 0, 0, 0, 0, 1, 4])

/** Turns bits of some bytes: lengths and tags as often as texts. */
const flip = (data: Buffer, places: readonly (readonly [number, number])[]): Buffer => {
  const copy = Buffer.from(data)
  for (const [place, bits] of places) {
    const at = place % copy.length
    copy[at] = (copy[at] ?? 0) ^ bits
  }
  return copy
}

/** Repeats a piece of the message in the middle of it. */
const splice = (data: Buffer, from: number, length: number): Buffer => {
  const at = from % data.length
  return Buffer.concat([data.subarray(0, at + length), data.subarray(at)])
}

const read = (data: Uint8Array): IppMessage | undefined => {
  try {
    return decodeMessage(data).message
  } catch (error) {
    if (error instanceof IppError && (error.kind === 'malformed' || error.kind === 'limit')) return undefined
    throw error
  }
}

/** Processor time for one reading, the least of five: other programs and the collector are not its own. */
const millisecondsFor = (data: Uint8Array): number => {
  const once = (): number => {
    const begun = process.cpuUsage()
    read(data)
    const { user, system } = process.cpuUsage(begun)
    return (user + system) / 1000
  }
  return Math.min(once(), once(), once(), once(), once())
}

const fuzz = suite('an IPP message from a broken or hostile printer')

fuzz('is read or refused with a typed error, at once', () => {
  let taken = 0
  fc.assert(
    fc.property(mutated, (data) => {
      const begun = performance.now()
      const message = read(data)
      // Another program may have had the processor: only what is slow each time is slow.
      if (performance.now() - begun > mostMs) {
        const again = millisecondsFor(data)
        assert.ok(again <= mostMs, `took ${again} ms each time`)
      }
      if (message) taken++
    }),
    { numRuns: runs, seed },
  )
  // The mutations must reach both ways, else they test nothing.
  assert.ok(taken > runs / 50 && taken < runs * 0.98, `${taken} of ${runs} were taken`)
})

fuzz('that was taken is written and read again to the same bytes', () => {
  fc.assert(
    fc.property(mutated, (data) => {
      const message = read(data)
      if (message === undefined) return
      const bytes = encodeMessage(message)
      assert.equal(encodeMessage(decodeMessage(bytes, { ...usualLimits, bytes: 2 ** 24 }).message), bytes)
    }),
    { numRuns: Math.ceil(runs / 50), seed },
  )
})

fuzz('costs a bounded amount of memory, however it is made', () => {
  // The dearest message within the limits: values of a byte each, up to the limit of the whole.
  const cheapest = Buffer.from([0x22, 0, 0, 0, 1, 1])
  const first = Buffer.from([0x22, 0, 1, 0x61, 0, 1, 1])
  const count = Math.floor((usualLimits.bytes - 20) / cheapest.length)
  const dear = Buffer.concat([
    opening,
    first,
    ...Array.from({ length: count }, () => cheapest),
    Buffer.from([3]),
  ])
  const before = process.memoryUsage().heapUsed
  assert.throws(
    () => decodeMessage(dear),
    (error: unknown) => error instanceof IppError && error.kind === 'limit',
  )
  assert.ok(process.memoryUsage().heapUsed - before < 64 * 1024 * 1024)
  assert.ok(millisecondsFor(dear) <= mostMs, `took ${millisecondsFor(dear)} ms`)
})

fuzz.run()
