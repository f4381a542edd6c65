import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fitsPattern, modelPattern, patternsOverlap } from '../../protocol/model-pattern.ts'

const patterns = suite('a pattern for the names of models')

patterns('fits its own text, whatever the case and the white space', () => {
  assert.ok(fitsPattern('  PANTUM   bm5100adw ', 'Pantum BM5100ADW'))
  assert.not(fitsPattern('Pantum BM5100ADW series', 'Pantum BM5100ADW'))
})

patterns('fits any run of characters where it has a star', () => {
  for (const name of ['Kyocera ECOSYS M2040dn', 'ECOSYS M2040dn', 'ECOSYS M2040dn KX']) {
    assert.ok(fitsPattern(name, '*ECOSYS M2040dn*'), name)
  }
  assert.ok(fitsPattern('HP LaserJet MFP M28w', 'HP*MFP*28w'))
  assert.not(fitsPattern('HP LaserJet M28w', 'HP*MFP*28w'))
  assert.not(fitsPattern('ab', 'ab*b'), 'no character serves two parts')
})

const character = fc.constantFrom('a', 'b', '*')
const short = fc.string({ unit: character, maxLength: 6 })
const names = ['', 'a', 'b'].flatMap((one) =>
  ['', 'a', 'b'].flatMap((two) =>
    ['', 'a', 'b'].flatMap((three) =>
      ['', 'a', 'b', 'ab', 'ba', 'aab', 'bba'].map((rest) => one + two + three + rest),
    ),
  ),
)
const slowFit = (name: string, pattern: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name)

patterns('fits what a regular expression of the same meaning fits', () => {
  fc.assert(
    fc.property(
      short,
      fc.constantFrom(...names),
      (pattern, name) => fitsPattern(name, pattern) === slowFit(name, pattern),
    ),
    { seed: 11, numRuns: 3000 },
  )
})

patterns('overlaps another exactly when some name fits both', () => {
  fc.assert(
    fc.property(short, short, (one, other) => {
      const shared = names.some((name) => slowFit(name, one) && slowFit(name, other))
      // Every overlap of such short patterns has a witness that is made of their own letters.
      const letters = [one, other].map((pattern) => pattern.replaceAll('*', ''))
      const witnesses = [...names, ...letters, letters.join(''), letters.toReversed().join('')]
      const found = shared || witnesses.some((name) => slowFit(name, one) && slowFit(name, other))
      return found ? patternsOverlap(one, other) : true
    }),
    { seed: 12, numRuns: 3000 },
  )
  fc.assert(
    fc.property(short, short, fc.constantFrom(...names), (one, other, name) => {
      if (slowFit(name, one) && slowFit(name, other)) assert.ok(patternsOverlap(one, other))
      if (!one.includes('*') && !other.includes('*')) assert.is(patternsOverlap(one, other), one === other)
    }),
    { seed: 13, numRuns: 3000 },
  )
})

patterns('does not overlap where the fixed ends differ', () => {
  assert.not(patternsOverlap('HP LaserJet MFP M28a*', 'HP LaserJet MFP M28w*'))
  assert.not(patternsOverlap('*ab', '*ba'))
  assert.ok(patternsOverlap('*ECOSYS M2040dn*', 'Kyocera*'))
  assert.ok(patternsOverlap('Canon MF2*', '*Canon MF240 series'))
})

patterns('of a profile has something to hold on to', () => {
  const valid = new RegExp(modelPattern)
  for (const good of ['Pantum M6500W*', '*ECOSYS M2040dn*', 'a*b']) assert.ok(valid.test(good), good)
  for (const bad of ['***', '* *', '*a', 'a****b', 'ab\u0000c', 'x'.repeat(101), ''])
    assert.not(valid.test(bad), bad)
})

patterns('is done in no time with hostile names', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 5000 }), fc.string({ maxLength: 100 }), (name, pattern) => {
      assert.type(fitsPattern(name, pattern), 'boolean')
      assert.type(patternsOverlap(pattern, 'a*a*a*b'), 'boolean')
    }),
    { seed: 14, numRuns: 500 },
  )
  assert.not(fitsPattern('a'.repeat(100_000), '*a*a*a*a*b'))
})

patterns.run()
