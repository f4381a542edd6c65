import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ConfigError, loadConfig, parseConfig } from '../../agent/config.ts'
import { scratch } from '../support/agent-parts.ts'

const least = {
  fleet: { host: 'fleet.example', port: 8883 },
  ca: '/etc/avyl/ca.pem',
  dataFolder: 'data',
}

/** An identity that somebody else issues. */
const issued = { deviceId: 'terminal-1', key: 'key.pem', certificate: 'cert.pem' }

const configured = suite('an agent is configured')

configured('with little, the rest has its value', () => {
  const config = parseConfig(least, '/srv/avyl')
  assert.is(config.ca, '/etc/avyl/ca.pem')
  assert.is(config.dataFolder, '/srv/avyl/data')
  assert.is(config.identity, '/srv/avyl/data/identity')
  assert.equal([config.scanner.driver, config.printer.driver, config.logLevel], ['auto', 'auto', 'info'])
  assert.throws(() => Object.assign(config.fleet ?? {}, { port: 1 }), TypeError)
})

configured('with nothing but a folder: a terminal that waits for its claim', () => {
  const { fleet, ca, claim } = parseConfig({ dataFolder: 'data' }, '/srv/avyl')
  assert.equal([fleet, ca, claim], [undefined, undefined, undefined])
})

configured('with a claim, whose roots are a file', () => {
  const claim = { code: '0123456789', ca: 'roots.pem', serial: 'PC-1' }
  const config = parseConfig({ dataFolder: 'data', claim, identity: 'who' }, '/srv/avyl')
  assert.equal(config.claim, { ...claim, ca: '/srv/avyl/roots.pem' })
  assert.is(config.identity, '/srv/avyl/who')
})

configured('with an identity that somebody else issues', () => {
  const { key, certificate, deviceId } = parseConfig({ ...least, ...issued }, '/srv/avyl')
  assert.equal([key, certificate, deviceId], ['/srv/avyl/key.pem', '/srv/avyl/cert.pem', 'terminal-1'])
})

for (const [what, changes] of [
  ['a device id that is no topic level', { ...issued, deviceId: 'a/b' }],
  ['half an identity', { deviceId: 'terminal-1' }],
  ['an identity without roots', { ...issued, ca: undefined }],
  ['a claim code of other characters', { claim: { code: 'ILOU456789' } }],
  ['a port out of range', { fleet: { host: 'x', port: 70_000 } }],
  ['a key that nobody knows', { colour: 'red' }],
  ['an unknown driver', { scanner: { driver: 'twain' } }],
  ['an eSCL scanner without an address', { scanner: { driver: 'escl' } }],
  ['an IPP printer without an address', { printer: { driver: 'ipp' } }],
] as const) {
  configured(`and refused for ${what}`, () => {
    assert.throws(
      () => parseConfig({ ...least, ...changes }),
      (thrown: unknown) => thrown instanceof ConfigError,
    )
  })
}

configured('by a file, the environment above it', () => {
  const folder = scratch()
  const file = join(folder, 'agent.json')
  writeFileSync(file, JSON.stringify({ ...least, childPaths: { pages: '/opt/worker.js' } }))
  const config = loadConfig(
    {
      AVYL_AGENT_CONFIG: file,
      AVYL_FLEET_HOST: '10.0.0.1',
      AVYL_FLEET_PORT: '1883',
      AVYL_LOG_LEVEL: 'debug',
    },
    { sane: '/opt/sane.js', pages: '/opt/other.js' },
  )
  assert.equal(config.fleet, { host: '10.0.0.1', port: 1883 })
  assert.is(config.logLevel, 'debug')
  assert.is(config.dataFolder, join(folder, 'data'))
  assert.equal(config.childPaths, { sane: '/opt/sane.js', pages: '/opt/worker.js' })
  assert.is(loadConfig({ AVYL_AGENT_CONFIG: file }).fleet?.host, 'fleet.example')
})

configured("by a package's values where a site's own file leaves them out, or is not there", () => {
  const folder = scratch()
  const defaults = join(folder, 'defaults.json')
  const environment = { AVYL_AGENT_DEFAULTS: defaults, AVYL_AGENT_CONFIG: join(folder, 'agent.json') }
  writeFileSync(defaults, JSON.stringify({ dataFolder: '/state', ippUsbQuirks: '/quirks' }))
  const alone = loadConfig(environment)
  assert.equal([alone.dataFolder, alone.ippUsbQuirks], ['/state', '/quirks'])
  writeFileSync(environment.AVYL_AGENT_CONFIG, JSON.stringify({ ...least, village: 'Кителга' }))
  const { dataFolder, ippUsbQuirks, village } = loadConfig(environment)
  assert.equal([dataFolder, ippUsbQuirks, village], [join(folder, 'data'), '/quirks', 'Кителга'])
  for (const [broken, why] of [
    ['{', /cannot be read/],
    ['null', /wrong at/],
  ] as const) {
    writeFileSync(environment.AVYL_AGENT_CONFIG, broken)
    assert.throws(() => loadConfig(environment), why)
  }
  assert.throws(
    () => loadConfig({ ...environment, AVYL_AGENT_DEFAULTS: join(folder, 'gone') }),
    /cannot be read/,
  )
})

configured('by no file, by no JSON or by nothing of use, and says so', () => {
  const file = join(scratch(), 'agent.json')
  assert.throws(() => loadConfig({ AVYL_AGENT_CONFIG: file }), /cannot be read/)
  writeFileSync(file, '{')
  assert.throws(() => loadConfig({ AVYL_AGENT_CONFIG: file }), /cannot be read/)
  writeFileSync(file, 'null')
  assert.throws(() => loadConfig({ AVYL_AGENT_CONFIG: file }), /wrong at/)
})

configured.run()
