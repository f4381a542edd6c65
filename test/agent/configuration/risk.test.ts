import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { risksOf } from '../../../agent/configuration/risk.ts'
import { type Configuration, defaultConfiguration } from '../../../protocol/configuration.ts'

const { scan, link, features } = defaultConfiguration
const risksFrom = (before: Partial<Configuration>, change: Partial<Configuration>) => [
  ...risksOf({ ...defaultConfiguration, ...before }, { ...defaultConfiguration, ...change }),
]

const aChange = suite('a change of the configuration')

aChange('can break what its sections are about, and nothing where it changes none of them', () => {
  const profiles = { sha256: 'a'.repeat(64) }
  assert.equal(risksFrom({}, {}), [])
  assert.equal(risksFrom({ profiles }, { profiles }), [])
  assert.equal(risksFrom({}, { logLevel: 'debug', languages: ['ru'] }), [])
  assert.equal(risksFrom({}, { profiles }), ['devices'])
  assert.equal(risksFrom({ profiles }, {}), ['devices'])
  assert.equal(risksFrom({}, { features: { ...features, copier: false } }), ['devices'])
  assert.equal(risksFrom({}, { link: { longestWaitSeconds: 5 } }), ['line'])
  const both = risksFrom({}, { scan: { ...scan, dpi: 600 }, link: { ...link, longestWaitSeconds: 5 } })
  assert.equal(both.toSorted(), ['devices', 'line'])
})

aChange.run()
