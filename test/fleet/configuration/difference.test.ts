import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { differences } from '../../../fleet/configuration/difference.ts'
import type { JsonObject } from '../../../protocol/layers.ts'
import { layers } from '../../support/configurations.ts'

const aDifference = suite('what differs between two documents')

aDifference('is told by path, with both sides', () => {
  const before = { scan: { dpi: 300, mode: 'grey' }, languages: ['ru'], openingHours: { exceptions: {} } }
  const after = { scan: { dpi: 600 }, languages: ['ru'], openingHours: { exceptions: { 'a/b': [] } } }
  assert.equal(differences(before, after), [
    { path: '/openingHours/exceptions/a~1b', after: [] },
    { path: '/scan/dpi', before: 300, after: 600 },
    { path: '/scan/mode', before: 'grey' },
  ])
})

aDifference('is nothing for a document and itself, and the other way round has its sides changed', () => {
  const contents = layers as unknown as fc.Arbitrary<JsonObject>
  fc.assert(
    fc.property(contents, contents, (one, other) => {
      assert.equal(differences(one, one), [])
      const there = differences(one, other)
      const back = differences(other, one)
      assert.equal(
        back.map(({ path, before, after }) => [path, after, before]),
        there.map(({ path, before, after }) => [path, before, after]),
      )
    }),
    { seed: 6, numRuns: 200 },
  )
})

aDifference.run()
