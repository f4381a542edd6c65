import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { canonical } from '../../protocol/canonical.ts'
import { defaultConfiguration } from '../../protocol/configuration.ts'
import { configurationFaults } from '../../protocol/configuration-check.ts'
import { at, type JsonObject, leavesOf, mergeLayers, overlay, pointer } from '../../protocol/layers.ts'
import { layers } from '../support/configurations.ts'

const defaults = defaultConfiguration as unknown as JsonObject
const contents = layers as unknown as fc.Arbitrary<JsonObject>
const same = (one: unknown, other: unknown) => assert.is(canonical(one), canonical(other))
const check = (...property: Parameters<typeof fc.property<[JsonObject, JsonObject, JsonObject]>>) =>
  fc.assert(fc.property(...property), { seed: 6, numRuns: 300 })

const merging = suite('layers that lie over each other')

merging('are grouped in any way, with one outcome', () => {
  check(contents, contents, contents, (a, b, c) => {
    same(overlay(overlay(a, b), c), overlay(a, overlay(b, c)))
  })
})

merging('change nothing when laid twice, and an empty one changes nothing', () => {
  check(contents, contents, contents, (a, b) => {
    same(overlay(overlay(a, b), b), overlay(a, b))
    same(overlay(a, {}), a)
    same(overlay({}, a), a)
  })
})

merging('are decided by the uppermost that names a value', () => {
  check(contents, contents, contents, (a, b, c) => {
    const { value } = mergeLayers([a, b, c].map((content, n) => ({ origin: `${n}`, content })))
    for (const [names, leaf] of leavesOf(c)) {
      // An empty object names nothing: what lies below it stays.
      if (canonical(leaf) !== '{}') same(at(value, names), leaf)
    }
    for (const [names, leaf] of leavesOf(a)) {
      if (canonical(leaf) === '{}' || [b, c].some((content) => at(content, names) !== undefined)) continue
      same(at(value, names), leaf)
    }
  })
})

merging('replace lists whole', () => {
  const lower = { languages: ['ru', 'tt', 'en'], scan: { dpi: 300 } }
  same(overlay(lower, { languages: ['tt'] }), { languages: ['tt'], scan: { dpi: 300 } })
  same(overlay(lower, { languages: [] }), { languages: [], scan: { dpi: 300 } })
})

merging('tell for each value who gave it, and that one has this value', () => {
  check(contents, contents, contents, (a, b, c) => {
    const all = [
      { origin: 'defaults', content: defaults },
      { origin: 'group', content: a },
      { origin: 'village', content: b },
      { origin: 'terminal', content: c },
    ]
    const { value, origins } = mergeLayers(all)
    const leaves = leavesOf(value)
    assert.equal(Object.keys(origins).sort(), leaves.map(([names]) => pointer(names)).sort())
    for (const [names, leaf] of leaves) {
      const given = all.filter(({ content }) => at(content, names) !== undefined)
      const uppermost = given.at(-1)
      assert.is(origins[pointer(names)], uppermost?.origin)
      same(at(uppermost?.content ?? {}, names), leaf)
    }
  })
})

merging('make a configuration that fits whenever each of them fits', () => {
  check(contents, contents, contents, (a, b, c) => {
    const { value } = mergeLayers([defaults, a, b, c].map((content) => ({ origin: '', content })))
    assert.equal(configurationFaults(value), [])
  })
})

merging('never reach a prototype', () => {
  const names = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'a')
  const hostile = fc.letrec<{ node: JsonObject }>((tie) => ({
    node: fc.dictionary(names, fc.oneof({ maxDepth: 3 }, fc.constant(true), tie('node')), {
      noNullPrototype: true,
    }) as fc.Arbitrary<JsonObject>,
  })).node
  const before = Object.getOwnPropertyNames(Object.prototype).length
  check(hostile, hostile, hostile, (a, b, c) => {
    const parsed = [a, b, c].map((content) => JSON.parse(canonical(content)) as JsonObject)
    const { value } = mergeLayers(parsed.map((content, n) => ({ origin: `${n}`, content })))
    assert.is(Object.getPrototypeOf(value), Object.prototype)
    assert.is(Object.getOwnPropertyNames(Object.prototype).length, before)
    assert.is(({} as Record<string, unknown>).a, undefined)
  })
})

merging('are not changed', () => {
  check(contents, contents, contents, (a, b) => {
    const texts = [canonical(a), canonical(b)]
    overlay(a, b)
    assert.equal([canonical(a), canonical(b)], texts)
  })
})

merging.run()
