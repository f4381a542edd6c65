import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  countPages,
  mergePageRanges,
  type PageRange,
  parsePageRanges,
} from '../../../../agent/capabilities/printer/page-ranges.ts'
import { CommandError } from '../../../../protocol/errors.ts'

const pagesIn = (ranges: readonly PageRange[]): Set<number> =>
  new Set(ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, at) => first + at)))

const someRanges = fc.array(
  fc
    .tuple(fc.integer({ min: 1, max: 50 }), fc.nat({ max: 9 }))
    .map(([first, more]) => [first, first + more] as const),
  { minLength: 1, maxLength: 20 },
)

const ranges = suite('page ranges')

ranges('are read as people write them', () => {
  assert.equal(parsePageRanges('1-3,5', 5), [
    [1, 3],
    [5, 5],
  ])
  assert.equal(parsePageRanges(undefined, 5), [])
  for (const text of ['', '0', '6', '3-2', '1-', 'a', '1,,2']) {
    assert.throws(
      () => parsePageRanges(text, 5),
      (error: unknown) => error instanceof CommandError && error.code === 'invalid',
    )
  }
})

ranges('keep their pages when they are put in order', () => {
  fc.assert(
    fc.property(someRanges, (given) => {
      const merged = mergePageRanges(given)
      assert.equal([...pagesIn(merged)].sort(), [...pagesIn(given)].sort())
      assert.is(countPages(given, 100), pagesIn(given).size)
      merged.forEach(([first], index) => {
        assert.ok(index === 0 || first > (merged[index - 1]?.[1] ?? 0) + 1)
      })
    }),
    { numRuns: 500, seed: 5 },
  )
})

ranges('mean every page when there is none', () => {
  assert.is(countPages([], 7), 7)
})

ranges.run()
