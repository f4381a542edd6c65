import { createHash } from 'node:crypto'
import { Check } from 'typebox/value'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ConfigurationState } from '../../../fleet/configuration/desired.ts'
import { keptVersions } from '../../../fleet/configuration/documents.ts'
import type { Scope } from '../../../fleet/configuration/layers.ts'
import { ProblemError } from '../../../fleet/problem.ts'
import { canonical } from '../../../protocol/canonical.ts'
import { type Configuration, defaultConfiguration } from '../../../protocol/configuration.ts'
import { DesiredMessage } from '../../../protocol/messages.ts'
import { textOf } from '../../../protocol/signed-messages.ts'
import { settled } from '../../support/fleet.ts'
import { openConfigurations, reportedMessage } from '../../support/fleet-configuration.ts'
import { testSigner } from '../../support/signing.ts'

type World = Awaited<ReturnType<typeof openConfigurations>>

const write = ({ configurations }: World, scope: Scope, name: string, content: unknown, base?: number) =>
  configurations.write({
    ...{ scope, name, content, actor: 'o1' },
    base: base ?? configurations.layer({ scope, name }).version,
  })

const problem = async (act: Promise<unknown>): Promise<ProblemError> => {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.instance(error, ProblemError)
  return error as ProblemError
}

const configOf = (world: World, terminal: string) => world.sent(terminal)?.config as Configuration

const layering = suite('the configuration of the fleet')

layering('is the default one where nobody said anything, signed and with its hash', async () => {
  const world = await openConfigurations()
  const message = world.sent('t1')
  assert.ok(Check(DesiredMessage, message))
  assert.equal(message?.config, defaultConfiguration)
  assert.is(message?.version, 1)
  assert.is(message?.hash, createHash('sha256').update(canonical(defaultConfiguration)).digest('hex'))
  assert.equal(message?.signature, message && testSigner().sign(textOf.desired('t1', message)))
  await world.close()
})

layering('lies in layers: fleet, group, village, terminal', async () => {
  const world = await openConfigurations()
  await write(world, 'terminal', 't1', { scan: { dpi: 600 } })
  await write(world, 'village', 'Арча', { scan: { dpi: 200, mode: 'grey' } })
  await world.configurations.move('t1', 'тихие')
  await write(world, 'group', 'тихие', { scan: { mode: 'blackwhite', format: 'tiff' }, logLevel: 'warn' })
  await write(world, 'fleet', 'all', { logLevel: 'error', languages: ['tt', 'ru'], scan: { format: 'png' } })
  assert.equal(configOf(world, 't1').scan, { dpi: 600, mode: 'grey', format: 'tiff', clean: 'straighten' })
  assert.is(configOf(world, 't1').logLevel, 'warn')
  assert.equal(configOf(world, 't2').scan, { dpi: 200, mode: 'grey', format: 'png', clean: 'straighten' })
  assert.equal(configOf(world, 't3').scan, { dpi: 300, mode: 'colour', format: 'png', clean: 'straighten' })
  const { origins } = world.configurations.of('t1').document
  assert.is(origins['/scan/dpi'], 'terminal:t1')
  assert.is(origins['/scan/mode'], 'village:Арча')
  assert.is(origins['/scan/format'], 'group:тихие')
  assert.is(origins['/languages'], 'fleet:all')
  assert.is(origins['/scan/clean'], 'defaults')
  await world.close()
})

layering('gives a terminal a new version only when its own document changes', async () => {
  const world = await openConfigurations()
  const { terminals } = await write(world, 'village', 'Кукмара', { logLevel: 'debug' })
  assert.equal(
    terminals.map(({ terminal, changes }) => [terminal, changes]),
    [['t3', [{ path: '/logLevel', before: 'info', after: 'debug' }]]],
  )
  assert.is(world.sent('t3')?.version, 2)
  assert.is(world.sent('t1')?.version, 1)
  await write(world, 'fleet', 'all', { logLevel: 'debug' })
  assert.is(world.sent('t3')?.version, 2)
  assert.is(world.sent('t1')?.version, 2)
  const same = await write(world, 'fleet', 'all', { logLevel: 'debug' })
  assert.is(same.layer.version, 1)
  await world.close()
})

layering('follows a terminal that joins, moves to another village or changes its group', async () => {
  const world = await openConfigurations()
  await write(world, 'village', 'Кукмара', { logLevel: 'debug' })
  await world.terminals.register('t4', 'Кукмара')
  await settled()
  assert.is(configOf(world, 't4').logLevel, 'debug')
  await world.terminals.register('t1', 'Кукмара')
  await settled()
  assert.is(configOf(world, 't1').logLevel, 'debug')
  await write(world, 'group', 'a', { print: { colour: false } })
  await world.configurations.move('t2', 'a')
  assert.is(configOf(world, 't2').print.colour, false)
  assert.equal(world.configurations.groups(), [{ name: 'a', terminals: ['t2'] }])
  await world.configurations.move('t2', 'b')
  assert.is(configOf(world, 't2').print.colour, true)
  await world.configurations.move('t2', undefined)
  assert.equal(
    world.configurations.groups().map(({ terminals }) => terminals),
    [[], []],
  )
  await world.close()
})

layering('refuses a stale write and stores nothing of it', async () => {
  const world = await openConfigurations()
  await write(world, 'fleet', 'all', { logLevel: 'warn' })
  const stale = await problem(write(world, 'fleet', 'all', { logLevel: 'debug' }, 0))
  assert.is(stale.code, 'conflict')
  assert.is(configOf(world, 't1').logLevel, 'warn')
  const both = await Promise.allSettled([
    write(world, 'fleet', 'all', { logLevel: 'debug' }, 1),
    write(world, 'fleet', 'all', { logLevel: 'error' }, 1),
  ])
  assert.equal(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  assert.is(world.configurations.layer({ scope: 'fleet', name: 'all' }).version, 2)
  await world.close()
})

layering('refuses what does not fit, with each place, before anything is stored', async () => {
  const world = await openConfigurations()
  const bad = await problem(write(world, 'fleet', 'all', { scan: { dpi: 1 }, volume: 11 }))
  assert.is(bad.code, 'invalid')
  assert.equal(bad.errors?.map(({ path }) => path).sort(), ['/scan/dpi', '/volume'])
  assert.is(world.configurations.layer({ scope: 'fleet', name: 'all' }).version, 0)
  assert.is((await problem(write(world, 'fleet', 'some', {}))).code, 'invalid')
  assert.is((await problem(write(world, 'group', '', {}))).code, 'invalid')
  assert.is((await problem(write(world, 'terminal', 't9', {}))).code, 'not-found')
  assert.is((await problem(write(world, 'terminal', '../t', {}))).code, 'invalid')
  assert.is((await problem(world.configurations.move('t9', 'a'))).code, 'not-found')
  await world.close()
})

layering('refuses layers that fit alone and not together, and keeps the document that was', async () => {
  const world = await openConfigurations()
  const days = (year: number) =>
    Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [
        new Date(Date.UTC(year, 0, 1 + n)).toISOString().slice(0, 10),
        [],
      ]),
    )
  await write(world, 'fleet', 'all', { openingHours: { exceptions: days(2027) } })
  const bad = await problem(write(world, 'village', 'Арча', { openingHours: { exceptions: days(2028) } }))
  assert.equal(
    bad.errors?.map(({ path }) => path),
    ['/openingHours/exceptions'],
  )
  await write(world, 'village', 'Тукай', { openingHours: { exceptions: days(2028) } })
  const before = world.sent('t1')?.version
  await world.terminals.register('t1', 'Тукай')
  await settled()
  assert.is(world.configurations.of('t1').state.version, before)
  await world.close()
})

layering('can be tried without being written', async () => {
  const world = await openConfigurations()
  const { configurations } = world
  const wish = {
    scope: 'village',
    name: 'Арча',
    content: { logLevel: 'debug' },
    base: 0,
    actor: 'o1',
  } as const
  const { layer, terminals } = await configurations.write({ ...wish, dryRun: true })
  assert.is(layer.version, 1)
  assert.equal(
    terminals.map(({ terminal }) => terminal),
    ['t1', 't2'],
  )
  assert.is(configurations.layer(wish).version, 0)
  assert.is(world.sent('t1')?.version, 1)
  await world.close()
})

layering('keeps every version of a layer, with who wrote it, when and why', async () => {
  const world = await openConfigurations()
  const { configurations, clock } = world
  const name = { scope: 'fleet', name: 'all' } as const
  await configurations.write({ ...name, content: { logLevel: 'warn' }, base: 0, actor: 'o1', note: 'quiet' })
  await clock.pass(1000)
  await configurations.write({ ...name, content: {}, base: 1, actor: 'o2' })
  const history = await configurations.history(name, 10)
  assert.equal(
    history.map(({ version, actor, note }) => [version, actor, note]),
    [
      [2, 'o2', undefined],
      [1, 'o1', 'quiet'],
    ],
  )
  assert.is(history[0]?.at, clock.now())
  assert.equal((await configurations.version(name, 1)).content, { logLevel: 'warn' })
  assert.equal((await configurations.version(name, 0)).content, {})
  assert.is((await problem(configurations.version(name, 3))).code, 'not-found')
  await world.close()
})

layering('outlives a restart and goes on the wire again as it was', async () => {
  const world = await openConfigurations()
  await write(world, 'village', 'Арча', { logLevel: 'debug' })
  await world.configurations.move('t3', 'a')
  const before = world.sent('t1')
  world.broker.published.length = 0
  await world.restart()
  for (const terminal of ['t1', 't2', 't3']) assert.ok(world.sent(terminal), terminal)
  assert.equal(world.sent('t1')?.config, before?.config)
  assert.is(world.sent('t1')?.version, before?.version)
  assert.equal(world.configurations.groups(), [{ name: 'a', terminals: ['t3'] }])
  world.broker.published.length = 0
  world.keyChanged()
  assert.is(world.broker.published.length, 3)
  await world.close()
})

layering('keeps so many documents of a terminal and no more', async () => {
  const world = await openConfigurations()
  for (let n = 0; n < keptVersions + 5; n++) {
    await write(world, 'terminal', 't1', { uplink: { uploadBytesPerSecond: 100_000 + n } })
  }
  const documents = await world.configurations.documents('t1')
  assert.is(documents.length, keptVersions)
  assert.is(documents[0]?.version, keptVersions + 6)
  await world.close()
})

const drifting = suite('a terminal and what it should have')

drifting('drifts from the moment when it does not have it', async () => {
  const world = await openConfigurations()
  const { configurations, clock } = world
  const state = () => configurations.of('t1').state
  const started = clock.now()
  assert.equal(state().drift, { since: started, reason: 'never-reported' })
  await clock.pass(1000)
  const { version = 0, hash = '' } = world.sent('t1') ?? {}
  await configurations.reported('t1', reportedMessage({ version, hash, status: 'trial' }))
  assert.is(state().drift, undefined)
  await configurations.reported('t1', reportedMessage({ version, hash, status: 'applied' }))
  assert.is(state().drift, undefined)
  await clock.pass(1000)
  await write(world, 'terminal', 't1', { logLevel: 'warn' })
  const since = clock.now()
  assert.equal(state().drift, { since, reason: 'behind' })
  await clock.pass(1000)
  const wanted = world.sent('t1')
  const newest = { version: wanted?.version ?? 0, hash: wanted?.hash ?? '' }
  const errors = [{ path: '/logLevel', text: 'cannot' }]
  await configurations.reported('t1', reportedMessage({ version, hash, status: 'rejected', newest, errors }))
  assert.equal(state().drift, { since, reason: 'rejected' })
  assert.equal(state().reported?.errors, errors)
  await world.restart()
  assert.equal(world.configurations.of('t1').state.drift, { since, reason: 'rejected' })
  assert.is(world.configurations.of('t1').state.reported?.at, clock.now())
  await world.close()
})

drifting('is an event where a terminal refuses its document, once for each, over restarts too', async () => {
  const world = await openConfigurations()
  const { version, hash } = world.configurations.of('t1').state
  const newest = { version, hash }
  const errors = [{ path: '/scan/dpi', text: 'must be >= 75' }]
  const rejected = reportedMessage({ newest, status: 'rejected', errors })
  await world.configurations.reported('t1', rejected)
  await world.configurations.reported('t1', rejected)
  await world.restart()
  await world.configurations.reported('t1', rejected)
  await write(world, 'terminal', 't1', { logLevel: 'warn' })
  await world.configurations.reported('t1', rejected)
  await world.clock.pass(1000)
  const next = world.configurations.of('t1').state
  const nowNewest = { version: next.version, hash: next.hash }
  const lost = { path: '', text: 'No longer well: scanner' }
  const rolledBack = reportedMessage({ newest: nowNewest, status: 'rolledback', errors: [lost] })
  await world.configurations.reported('t1', rolledBack)
  await world.configurations.reported('t1', reportedMessage(nowNewest))
  const told = (await world.events.latest('t1', 10)).map(({ type, data }) => [type, data])
  assert.equal(told.toReversed(), [
    ['configuration-refused', { about: 'rejected', detail: '/scan/dpi must be >= 75' }],
    ['configuration-refused', { about: 'rolledback', detail: lost.text }],
  ])
  await world.close()
})

drifting('is told to everyone who looks', async () => {
  const world = await openConfigurations()
  const told: ConfigurationState[] = []
  const stop = world.configurations.watch((state) => told.push(state))
  await write(world, 'terminal', 't1', { logLevel: 'warn' })
  const { version = 0, hash = '' } = world.sent('t1') ?? {}
  await world.configurations.reported('t1', reportedMessage({ version, hash }))
  assert.equal(
    told.map(({ terminal, drift }) => [terminal, drift?.reason]),
    [
      ['t1', 'never-reported'],
      ['t1', undefined],
    ],
  )
  stop()
  await world.configurations.reported('t1', reportedMessage({}))
  assert.is(told.length, 2)
  await world.close()
})

drifting('is caught up with by a higher number when it has seen more than the fleet knows', async () => {
  const world = await openConfigurations()
  const hash = 'b'.repeat(64)
  await world.configurations.reported('t1', reportedMessage({ version: 40, hash }))
  assert.is(world.sent('t1')?.version, 41)
  assert.equal(world.sent('t1')?.config, defaultConfiguration)
  await world.configurations.reported('t1', reportedMessage({ version: 41, hash }))
  assert.is(world.sent('t1')?.version, 42)
  const newest = { version: 50, hash }
  await world.configurations.reported(
    't1',
    reportedMessage({ version: 3, hash, newest, status: 'rolledback' }),
  )
  assert.is(world.sent('t1')?.version, 51)
  await world.close()
})

drifting('cannot drive the numbers to their end', async () => {
  const world = await openConfigurations()
  const version = Number.MAX_SAFE_INTEGER
  await world.configurations.reported('t1', reportedMessage({ version }))
  assert.is(world.sent('t1')?.version, 1)
  await world.configurations.reported('t9', reportedMessage({ version }))
  assert.equal(
    world.configurations.list().map(({ terminal }) => terminal),
    ['t1', 't2', 't3'],
  )
  await world.close()
})

layering.run()
drifting.run()
