import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseStatus } from '../../../../agent/devices/escl/status.ts'
import { maxDocumentBytes } from '../../../../agent/devices/escl/xml.ts'
import { status } from './documents.ts'
import { maxMs, survivesMutations, timeOf } from './mutations.ts'

const hostile = suite('a hostile ScannerStatus')

hostile('that is a mutation gives a value or an EsclError, within 50 ms and in bounded memory', () => {
  survivesMutations(status, parseStatus)
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
