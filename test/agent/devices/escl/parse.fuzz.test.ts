import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseCapabilities } from '../../../../agent/devices/escl/capabilities.ts'
import { EsclError } from '../../../../agent/devices/escl/error.ts'
import { parseStatus } from '../../../../agent/devices/escl/status.ts'
import { maxDocumentBytes } from '../../../../agent/devices/escl/xml.ts'
import { capabilities, status } from './documents.ts'

const hostile = suite('a hostile eSCL document')
const runs = Number(process.env.AVYL_FUZZ_RUNS ?? 200_000)

const maxMs = 50

const seeds = [
  { document: capabilities, parse: parseCapabilities },
  { document: status, parse: parseStatus },
]

/** What a broken or hostile device does to a document. */
const mutation = fc.record({
  seed: fc.constantFrom(...seeds),
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
const timeOf = (parse: (document: string) => unknown, document: string): { ms: number; refused: boolean } => {
  const { ms, refused } = timed(parse, document)
  const again = ms < maxMs ? [] : [timed(parse, document).ms, timed(parse, document).ms]
  return { ms: Math.min(ms, ...again), refused }
}

hostile('gives a value or an EsclError, within 50 ms and in bounded memory', () => {
  let slowest = 0
  let refusals = 0
  const began = process.memoryUsage().heapUsed
  fc.assert(
    fc.property(fc.tuple(mutation, fc.option(mutation, { freq: 3 })), ([first, second]) => {
      const once = mutate(first.seed.document, first)
      const { ms, refused } = timeOf(first.seed.parse, second === null ? once : mutate(once, second))
      slowest = Math.max(slowest, ms)
      if (refused) refusals += 1
    }),
    { numRuns: runs, seed: 42 },
  )
  assert.ok(refusals > runs / 10, 'many mutations break the document')
  assert.ok(refusals < runs, 'some do not')
  assert.ok(slowest < maxMs, `${slowest.toFixed(1)} ms`)
  assert.ok(process.memoryUsage().heapUsed - began < 256 * 1024 * 1024)
})

const root = (content: string): string =>
  `<scan:ScannerStatus xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03">${content}</scan:ScannerStatus>`

for (const [title, document] of [
  ['of many elements', root('<scan:a/>'.repeat(14_000))],
  ['of great depth', root('<scan:a>'.repeat(14_000))],
  ['of many attributes', root(`<scan:a ${Array.from({ length: 12_000 }, (_, n) => `a${n}=""`).join(' ')}/>`)],
  [
    'of many namespaces',
    root(`<scan:a ${Array.from({ length: 6_000 }, (_, n) => `xmlns:a${n}="b"`).join(' ')}/>`),
  ],
  ['of many entities', root('&amp;'.repeat(26_000))],
  ['with an entity of its own', `<!DOCTYPE a [<!ENTITY a "aaaaaaaa">]>${root('&a;'.repeat(100))}`],
  ['that is too long', root('a'.repeat(maxDocumentBytes))],
  ['of one endless name', `<${'a'.repeat(maxDocumentBytes - 10)}`],
  ['of one endless comment', `<!--${'-'.repeat(maxDocumentBytes - 10)}`],
] as const) {
  hostile(`${title} is read or refused within 50 ms`, () => {
    const { ms } = timeOf(parseStatus, document)
    assert.ok(ms < maxMs, `${ms.toFixed(1)} ms`)
  })
}

hostile.run()
