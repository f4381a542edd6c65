import { Check } from 'typebox/value'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SettingRefused } from '../../../agent/configuration/settings.ts'
import { defaultConfiguration } from '../../../protocol/configuration.ts'
import { wire } from '../../../protocol/wire.ts'
import {
  desiredMessage,
  hashOf,
  numbered,
  openTerminalConfiguration,
} from '../../support/agent-configuration.ts'

/** A trial that nobody lives to see the end of. */
const endless = { steadyMs: 3_600_000, longestMs: 3_600_000, everyMs: 1 }
/** A trial that is over at the first look. */
const short = { steadyMs: 0, longestMs: 0, everyMs: 1 }

/** One by which versions can be told apart and that may break a device. */
const risky = (n: number) => ({ ...numbered(n), print: { duplex: 'none', colour: false } })

const opened: ReturnType<typeof openTerminalConfiguration>[] = []
const open = (...times: Parameters<typeof openTerminalConfiguration>) => {
  const world = openTerminalConfiguration(...times)
  opened.push(world)
  return world
}
const stopAll = async () => {
  for (const world of opened.splice(0)) await world.configuration.stop()
}

const aConfiguration = suite('a configuration that Kazan wants')
aConfiguration.after.each(stopAll)

aConfiguration('is tried, told and applied when the line and the devices bear it', async () => {
  const world = open()
  world.configuration.desired(desiredMessage(3))
  await world.said('applied', 3)
  assert.equal(world.settings.current(), numbered(3))
  const reports = world.line.sent.map(({ body }) => body)
  assert.equal(
    reports.map(({ status }) => status),
    ['trial', 'applied'],
  )
  for (const body of reports) {
    assert.ok(Check(wire.reported.body, { v: 1, ts: 0, boot: 'b', run: 'r', seq: 0, ...body }))
  }
  assert.equal(world.reported, {
    ...{ version: 3, hash: hashOf(numbered(3)), status: 'applied', errors: [] },
    newest: { version: 3, hash: hashOf(numbered(3)) },
  })
})

aConfiguration('needs no trial where it says what holds already', async () => {
  const world = open(endless)
  world.configuration.desired(desiredMessage(1, defaultConfiguration))
  await world.said('applied', 1)
  world.configuration.desired(desiredMessage(2, defaultConfiguration))
  await world.said('applied', 2)
  assert.is(world.health.looks, 0)
})

aConfiguration('is told as none while there is none', async () => {
  const world = open()
  world.configuration.report()
  await world.line.until(() => world.line.sent.length === 1)
  assert.equal(world.reported, { version: 0, hash: '0'.repeat(64), errors: [] })
  world.line.fall()
  world.configuration.report()
})

aConfiguration('is refused with each place that is wrong, and nothing changes', async () => {
  const world = open()
  world.configuration.desired(desiredMessage(2))
  await world.said('applied', 2)
  world.configuration.desired(desiredMessage(4, { ...numbered(4), logLevel: 'loud', scan: { dpi: 7 } }))
  await world.said('rejected', 4)
  assert.is(world.reported?.version, 2)
  assert.equal(world.errors.map(({ path }) => path).toSorted(), ['/logLevel', '/scan/dpi'])
  assert.equal(world.settings.current(), numbered(2))
  for (const config of [null, 7, 'x', [], { scan: null }]) {
    world.configuration.desired(desiredMessage(5, config))
    await world.said('rejected', 5)
  }
  await world.restart()
  assert.equal(world.settings.current(), numbered(2))
  await world.said('rejected', 5)
})

aConfiguration('is refused whole when one part cannot take its section', async () => {
  const world = open()
  let level = 'info'
  world.settings.on('logLevel', (next) => {
    level = next
  })
  world.settings.on('uplink', () => {
    throw new SettingRefused('/uploadBytesPerSecond', 'The line is not ours')
  })
  world.configuration.desired(desiredMessage(2, { ...numbered(2), logLevel: 'warn' }))
  await world.said('rejected', 2)
  assert.equal(world.reported?.errors, [
    { path: '/uplink/uploadBytesPerSecond', text: 'The line is not ours' },
  ])
  assert.is(level, 'info')
  await world.kill()
  assert.equal(world.settings.current(), defaultConfiguration)
  await world.said('rejected', 2)
})

aConfiguration('that was refused is taken when it comes again and fits by then', async () => {
  const world = open()
  let ready = false
  world.settings.on('uplink', () => {
    if (!ready) throw new SettingRefused('', 'not yet')
  })
  world.configuration.desired(desiredMessage(2))
  await world.said('rejected', 2)
  ready = true
  world.configuration.desired(desiredMessage(2))
  await world.said('applied', 2)
})

aConfiguration('older than the newest accepted one has no effect, also after a restart', async () => {
  const world = open()
  world.configuration.desired(desiredMessage(7))
  await world.said('applied', 7)
  for (const version of [7, 6, 1]) world.configuration.desired(desiredMessage(version, numbered(100)))
  await world.restart()
  world.configuration.desired(desiredMessage(6))
  world.configuration.desired(desiredMessage(8))
  await world.said('applied', 8)
  assert.equal(world.settings.current(), numbered(8))
  assert.not.ok(world.line.sent.some(({ body }) => [1, 6].includes(Number(body.version))))
})

aConfiguration('that is refused does not stand in the way of an older one that fits', async () => {
  const world = open()
  world.configuration.desired(desiredMessage(6, { scan: null }))
  world.configuration.desired(desiredMessage(5))
  await world.line.until(() => world.reported?.version === 5)
  assert.equal(world.settings.current(), numbered(5))
  assert.is(world.reported?.status, 'rejected')
  assert.equal(world.reported?.newest, { version: 6, hash: hashOf({ scan: null }) })
})

aConfiguration('of a fleet of another release is understood, and kept as that fleet signed it', async () => {
  const world = open()
  const { scan: _, print, ...rest } = numbered(3)
  const later = { ...rest, print: { ...print, staple: true }, volume: 11 }
  world.configuration.desired(desiredMessage(3, later))
  await world.said('applied', 3)
  assert.equal(world.settings.current(), numbered(3))
  assert.is(world.reported?.hash, hashOf(later))
  await world.kill()
  assert.equal(world.settings.current(), numbered(3))
  const { good } = JSON.parse(world.marks.get('configuration') ?? '{}')
  assert.equal(good.config, later, 'an agent that knows more finds more in it')
})

const aTrial = suite('a configuration on trial')
aTrial.after.each(stopAll)

aTrial('waits until the fleet has heard of it', async () => {
  const world = open({ steadyMs: 0, longestMs: 3_600_000, everyMs: 1 })
  world.line.lose(1)
  world.configuration.desired(desiredMessage(2))
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(world.line.sent, [])
  world.configuration.report()
  await world.said('applied', 2)
})

aTrial('makes way for the last good one when a device is worse than before', async () => {
  const world = open(short)
  world.health.now = { scanner: false, printer: true }
  world.configuration.desired(desiredMessage(2, risky(2)))
  await world.said('rolledback', 2)
  assert.equal(world.settings.current(), defaultConfiguration)
  assert.is(world.reported?.version, 0)
  assert.equal(world.errors, [{ path: '', text: 'No longer well: scanner' }])
  world.health.now = { scanner: true, printer: true }
  world.configuration.desired(desiredMessage(2, risky(2)))
  await world.restart()
  await world.said('rolledback', 2)
  assert.equal(world.settings.current(), defaultConfiguration)
})

aTrial('makes way when the fleet is not reached under it', async () => {
  const world = open(short)
  world.line.lose(1)
  world.configuration.desired(desiredMessage(2))
  await world.said('rolledback', 2)
  assert.equal(world.errors, [{ path: '', text: 'The fleet was not reached' }])
})

aTrial('is not held up by a device that was broken before or is switched off by it', async () => {
  const world = open()
  world.health.before = { scanner: false, printer: true }
  world.health.now = { scanner: false, printer: false }
  const config = numbered(2)
  world.configuration.desired(
    desiredMessage(2, { ...config, features: { ...config.features, printer: false } }),
  )
  await world.said('applied', 2)
})

aTrial('looks how the devices are before it begins', async () => {
  const world = open()
  world.configuration.desired(desiredMessage(2, risky(2)))
  await world.said('applied', 2)
  assert.ok(world.health.looks >= 2)
})

aTrial('is not given back for a device that it cannot have broken', async () => {
  const world = open(short)
  world.health.now = { scanner: false, printer: false }
  world.configuration.desired(desiredMessage(2))
  await world.said('applied', 2)
})

aTrial('that an agent of before began is not given back for what no look tells', async () => {
  const world = open(short)
  const trial = { version: 3, hash: hashOf(risky(3)), config: risky(3), tries: 0, worked: ['camera'] }
  world.marks.set('configuration', JSON.stringify({ accepted: 2, trial }))
  await world.kill()
  await world.said('applied', 3)
})

aTrial('is not over before every part runs by it', async () => {
  const world = open()
  let isBrought = false
  world.settings.on('profiles', async () => {
    await new Promise((resolve) => setTimeout(resolve, 30))
    isBrought = true
    return undefined
  })
  world.configuration.desired(desiredMessage(2, { ...numbered(2), profiles: { sha256: 'a'.repeat(64) } }))
  await world.said('applied', 2)
  assert.ok(isBrought)
})

aTrial('makes way when a part could not do what lasts', async () => {
  const world = open(short)
  world.settings.on('profiles', async () => 'The fleet has no such edition')
  world.configuration.desired(desiredMessage(2, { ...numbered(2), profiles: { sha256: 'a'.repeat(64) } }))
  await world.said('rolledback', 2)
  assert.equal(world.errors, [{ path: '', text: 'No longer well: /profiles: The fleet has no such edition' }])
})

aTrial('that ends well while a newer one begins is the last good one then', async () => {
  const world = open()
  const looking = Promise.withResolvers<void>()
  world.health.hold = looking.promise
  world.configuration.desired(desiredMessage(2))
  world.configuration.desired(desiredMessage(3, risky(3)))
  await world.said('applied', 2)
  world.health.now = { scanner: false, printer: true }
  looking.resolve()
  await world.said('trial', 3)
  await world.kill()
  await world.kill()
  await world.said('rolledback', 3)
  assert.equal(world.settings.current(), numbered(2))
})

aTrial('goes on after the agent was killed, and is over after the second time', async () => {
  const world = open(endless)
  world.configuration.desired(desiredMessage(2))
  await world.said('trial', 2)
  await world.kill()
  assert.equal(world.settings.current(), numbered(2))
  await world.kill()
  assert.equal(world.settings.current(), defaultConfiguration)
  await world.said('rolledback', 2)
  assert.is(world.reported?.version, 0)
  world.configuration.desired(desiredMessage(2))
  world.configuration.desired(desiredMessage(3))
  await world.said('trial', 3)
})

aTrial('goes back to the last good one, not to the first', async () => {
  const world = open()
  world.configuration.desired(desiredMessage(2))
  await world.said('applied', 2)
  const { marks } = world
  const record = JSON.parse(marks.get('configuration') ?? '{}')
  const trial = { version: 3, hash: hashOf(numbered(3)), config: numbered(3), tries: 2, worked: [] }
  marks.set('configuration', JSON.stringify({ ...record, trial }))
  await world.kill()
  assert.equal(world.settings.current(), numbered(2))
  await world.said('rolledback', 3)
  assert.is(world.reported?.version, 2)
  world.configuration.desired(desiredMessage(3))
  await world.configuration.stop()
  assert.equal(world.settings.current(), numbered(2))
})

aTrial('does not count a stop in good order', async () => {
  const world = open(endless)
  world.configuration.desired(desiredMessage(2))
  await world.said('trial', 2)
  for (let n = 0; n < 4; n++) {
    await world.restart()
    assert.equal(world.settings.current(), numbered(2))
  }
})

aTrial('makes way for a newer document, and goes on when that is refused', async () => {
  const world = open(endless)
  world.configuration.desired(desiredMessage(2))
  await world.said('trial', 2)
  world.configuration.desired(desiredMessage(3, { scan: null }))
  await world.said('rejected', 3)
  assert.is(world.reported?.version, 2)
  assert.equal(world.settings.current(), numbered(2))
  world.configuration.desired(desiredMessage(4))
  await world.said('trial', 4)
  assert.equal(world.settings.current(), numbered(4))
})

aTrial('that a part refuses after a restart is refused for good', async () => {
  const world = open(endless)
  world.configuration.desired(desiredMessage(2))
  await world.said('trial', 2)
  await world.kill((settings) =>
    settings.on('uplink', () => {
      throw new SettingRefused('/uploadBytesPerSecond', 'no')
    }),
  )
  assert.equal(world.settings.current(), defaultConfiguration)
  await world.said('rejected', 2)
})

const aRecord = suite('what is known of the configuration on the disk')
aRecord.after.each(stopAll)

aRecord('begins anew when it is damaged or does not fit this agent', async () => {
  for (const text of [
    '{',
    '[]',
    '{"accepted":-1}',
    '{"accepted":9,"good":{"version":9,"hash":"x","config":{}}}',
  ]) {
    const world = open()
    world.marks.set('configuration', text)
    await world.kill()
    assert.equal(world.settings.current(), defaultConfiguration)
    world.configuration.desired(desiredMessage(9))
    await world.said('applied', 9)
  }
})

aConfiguration.run()
aTrial.run()
aRecord.run()
