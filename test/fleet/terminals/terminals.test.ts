import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Terminal } from '../../../fleet/api/schemas.ts'
import { openDatabase } from '../../../fleet/store/database.ts'
import { sqliteDialect } from '../../../fleet/store/sqlite.ts'
import { Terminals } from '../../../fleet/terminals/terminals.ts'
import type { PresenceMessage, ProfileMessage } from '../../../protocol/messages.ts'
import { PretendBroker, StoppedClock, settled, silent } from '../../support/fleet.ts'

const withTerminals = async (
  act: (world: {
    clock: StoppedClock
    broker: PretendBroker
    terminals: Terminals
    told: Terminal[]
    come: () => Promise<void>
    go: () => Promise<void>
    restart: () => Promise<Terminals>
  }) => Promise<void>,
) => {
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  const clock = new StoppedClock()
  const broker = new PretendBroker()
  const terminals = new Terminals({ database, broker, clock, log: silent })
  const told: Terminal[] = []
  await terminals.start()
  await terminals.register('t1', 'Арча')
  terminals.watch((terminal) => told.push(terminal))
  const come = async () => {
    broker.there.add('t1')
    terminals.connected('t1')
    await settled()
  }
  const go = async () => {
    broker.there.delete('t1')
    terminals.disconnected('t1')
    await settled()
  }
  const restart = async () => {
    await terminals.stop()
    broker.there.clear()
    const next = new Terminals({ database, broker, clock, log: silent })
    await next.start()
    return next
  }
  await act({ clock, broker, terminals, told, come, go, restart })
  await terminals.stop()
  await database.destroy()
}

const presence = (more: Partial<PresenceMessage>): PresenceMessage => ({
  ...{ v: 1, ts: 0, boot: 'b', run: 'r', seq: 0, state: 'online', connection: 1 },
  ...more,
})

const profile = (ok: boolean): ProfileMessage => ({
  ...{ v: 1, ts: 0, boot: 'b', run: 'r', seq: 0, profiles: { terminal: 'x' }, versions: {} },
  capabilities: { scanner: { present: true, ok }, printer: { present: true, ok: true } },
})

const aTerminal = suite('a terminal')

aTerminal('is never seen, then online, suspect, offline, and online again', () =>
  withTerminals(async ({ clock, terminals, told, come, go }) => {
    assert.is(terminals.get('t1')?.state, 'never-seen')
    await come()
    const { since } = terminals.get('t1') ?? {}
    assert.is(since, clock.now())
    await clock.pass(5000)
    await go()
    const left = clock.now()
    await clock.pass(89_000)
    assert.is(terminals.get('t1')?.state, 'suspect')
    await clock.pass(1000)
    assert.is(terminals.get('t1')?.state, 'offline')
    assert.is(terminals.get('t1')?.since, left, 'since it went')
    await come()
    assert.equal(
      told.map(({ state }) => state),
      ['online', 'suspect', 'offline', 'online'],
    )
    assert.equal(terminals.list().length, 1)
  }),
)

aTerminal('is reduced while a capability fails', () =>
  withTerminals(async ({ terminals, told, come }) => {
    await come()
    await terminals.profile('t1', profile(false))
    assert.is(terminals.get('t1')?.state, 'reduced')
    assert.is(terminals.get('t1')?.capabilities.scanner?.ok, false)
    await terminals.profile('t1', profile(true))
    await terminals.profile('t1', profile(true))
    assert.equal(
      told.map(({ state }) => state),
      ['online', 'reduced', 'online'],
      'what was said before is no news',
    )
  }),
)

aTerminal('that says goodbye is known to have meant it', () =>
  withTerminals(async ({ terminals, come, go }) => {
    const cases = [
      ['shutdown', 'offline'],
      ['maintenance', 'maintenance'],
      ['restart', 'suspect'],
      [undefined, 'offline'],
    ] as const
    for (const [index, [reason, state]] of cases.entries()) {
      await come()
      const connection = index + 1
      assert.ok(await terminals.presence('t1', presence({ connection, agent: '1.0.0' })))
      assert.is(terminals.get('t1')?.state, 'online')
      await terminals.presence('t1', presence({ state: 'bye', connection, ...(reason ? { reason } : {}) }))
      await go()
      assert.is(terminals.get('t1')?.state, state)
    }
    assert.is(terminals.get('t1')?.agent, '1.0.0')
  }),
)

aTerminal('is not harmed by a late word of an old connection', () =>
  withTerminals(async ({ terminals, come, go }) => {
    await come()
    await terminals.presence('t1', presence({ connection: 5 }))
    assert.not(await terminals.presence('t1', presence({ connection: 4 })))
    for (const late of [
      presence({ state: 'lost', connection: 4 }),
      presence({ state: 'bye', connection: 4, reason: 'maintenance' }),
      presence({ state: 'bye', connection: 5, run: 'older', reason: 'maintenance' }),
      presence({ state: 'lost', connection: 5 }),
    ]) {
      assert.not(await terminals.presence('t1', late))
      assert.is(terminals.get('t1')?.state, 'online')
    }
    await go()
    assert.is(terminals.get('t1')?.state, 'suspect')
    await come()
    assert.ok(
      await terminals.presence('t1', presence({ connection: 0, run: 'next' })),
      'a new run counts anew',
    )
  }),
)

aTerminal('whose new connection came before the old one ended is online', () =>
  withTerminals(async ({ terminals, come }) => {
    await come()
    terminals.disconnected('t1')
    await settled()
    assert.is(terminals.get('t1')?.state, 'online')
  }),
)

aTerminal('that is not registered is sent away', () =>
  withTerminals(async ({ broker, terminals }) => {
    broker.there.add('stranger')
    terminals.connected('stranger')
    terminals.disconnected('stranger')
    assert.equal(broker.ended, ['stranger'])
    assert.not(await terminals.presence('stranger', presence({})))
    await terminals.profile('stranger', profile(true))
    assert.not(terminals.has('stranger'))
    assert.is(terminals.get('stranger'), undefined)
    for (const [id, village] of [
      ['a/b', 'Арча'],
      ['t2', ''],
    ] as const) {
      const code = await terminals.register(id, village).catch((error) => error.code)
      assert.is(code, 'invalid')
    }
  }),
)

aTerminal('keeps its place when the fleet restarts, and moves to another village', () =>
  withTerminals(async ({ clock, terminals, come, restart }) => {
    await come()
    await terminals.presence('t1', presence({ agent: '1.0.0' }))
    await terminals.profile('t1', profile(true))
    await terminals.register('t1', 'Балтач')
    await clock.pass(600_000)
    const next = await restart()
    const after = next.get('t1')
    assert.is(after?.state, 'suspect', 'it gets its grace after the restart')
    assert.is(after?.village, 'Балтач')
    assert.is(after?.agent, '1.0.0')
    assert.is(after?.capabilities.printer?.ok, true)
    await clock.pass(90_000)
    assert.is(next.get('t1')?.state, 'offline')
    await next.stop()
  }),
)

aTerminal.run()
