import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { EsclError } from '../../../../agent/devices/escl/error.ts'

/** Longer than this no document may be parsed, in milliseconds. */
export const maxMs = 50

// One half of 200,000 documents in each of two files: a file's time is limited, and they run side by side.
const runs = Number(process.env.AVYL_FUZZ_RUNS ?? 200_000) / 2

/** What a broken or hostile device does to a document. */
const mutation = fc.record({
  kind: fc.constantFrom('cut', 'replace', 'insert', 'repeat', 'delete'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(400),
  times: fc.nat(200),
  text: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom(
      '<',
      '>',
      '&',
      '<scan:',
      '</',
      '<![CDATA[',
      '<!DOCTYPE a [',
      '<!--',
      'xmlns:scan=""',
      '&#x0;',
      '999999999999',
      '-1',
    ),
  ),
})

const mutate = (
  document: string,
  { kind, at, length, times, text }: typeof mutation extends fc.Arbitrary<infer T> ? T : never,
): string => {
  const start = Math.floor(at * document.length)
  const end = start + length
  if (kind === 'cut') return document.slice(0, start)
  if (kind === 'replace') return document.slice(0, start) + text + document.slice(start + text.length)
  if (kind === 'insert') return document.slice(0, start) + text + document.slice(start)
  if (kind === 'delete') return document.slice(0, start) + document.slice(end)
  return document.slice(0, start) + document.slice(start, end).repeat(times) + document.slice(end)
}

/** Parses and gives the processor's time in milliseconds: other programs on this machine are no fault of the parser. */
const timed = (parse: (document: string) => unknown, document: string): { ms: number; refused: boolean } => {
  const start = process.cpuUsage()
  let refused = false
  try {
    parse(document)
  } catch (thrown) {
    assert.instance(thrown, EsclError)
    refused = true
  }
  const { user, system } = process.cpuUsage(start)
  return { ms: (user + system) / 1000, refused }
}

/** The least of three, when the first was long: a collection of garbage does not come three times, a hang does. */
export const timeOf = (
  parse: (document: string) => unknown,
  document: string,
): { ms: number; refused: boolean } => {
  const { ms, refused } = timed(parse, document)
  const again = ms < maxMs ? [] : [timed(parse, document).ms, timed(parse, document).ms]
  return { ms: Math.min(ms, ...again), refused }
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** What is really held, in bytes: garbage that waits for its collection is nobody's leak. */
const heldBytes = (): number => {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

/** Every mutation of a document must give a value or an `EsclError`, within 50 ms and in bounded memory. */
export const survivesMutations = (document: string, parse: (document: string) => unknown): void => {
  let slowest = 0
  let refusals = 0
  const began = heldBytes()
  fc.assert(
    fc.property(fc.tuple(mutation, fc.option(mutation, { freq: 3 })), ([first, second]) => {
      const once = mutate(document, first)
      const { ms, refused } = timeOf(parse, second === null ? once : mutate(once, second))
      slowest = Math.max(slowest, ms)
      if (refused) refusals += 1
    }),
    { numRuns: runs, seed: 42 },
  )
  assert.ok(refusals > runs / 10, 'many mutations break the document')
  assert.ok(refusals < runs, 'some do not')
  assert.ok(slowest < maxMs, `${slowest.toFixed(1)} ms`)
  const kept = heldBytes() - began
  assert.ok(kept < 64 * 1024 * 1024, `${kept} bytes are kept`)
}
