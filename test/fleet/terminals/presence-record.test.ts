import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PresenceInterval } from '../../../fleet/terminals/history.ts'
import { PresenceWorld, type PretendTerminal } from '../../support/presence.ts'

const withWorld = async (
  act: (world: PresenceWorld, t1: PretendTerminal) => Promise<void>,
  more?: ConstructorParameters<typeof PresenceWorld>[0],
) => {
  const world = new PresenceWorld(more)
  await world.start()
  const t1 = await world.terminal('t1', 'Бахта')
  await act(world, t1)
  await world.close()
}

/** There for a minute, away for so long as `away` lets pass, back and there again. */
const absence = async (world: PresenceWorld, t1: PretendTerminal, away: () => Promise<void>) => {
  await world.clock.pass(60_000)
  await away()
  await t1.come()
}

const ok = { present: true, ok: true }
const broken = { present: true, ok: false, detail: 'no-paper' }

const theRecord = suite('the record of a terminal')

theRecord('holds no gap and no two states at once', () =>
  withWorld(async (world, t1) => {
    await world.clock.pass(30_000)
    await t1.come()
    await t1.profile({ scanner: ok })
    await world.clock.pass(60_000)
    await t1.profile({ scanner: broken })
    await world.clock.pass(10_000)
    await t1.go()
    await world.clock.pass(200_000)
    await t1.come()
    assert.equal(await t1.course(), [
      'never-seen/30',
      'online/60',
      'reduced/application/10',
      'offline/link/200',
      'reduced/application',
    ])
    const all = await world.presence.history.presence('t1', 0, world.clock.now() + 1)
    for (const [index, { from }] of all.entries()) {
      assert.is(from, index === 0 ? world.begun : all[index - 1]?.until)
    }
    assert.is(world.presence.terminals.get('t1')?.since, all.at(-1)?.from)
  }),
)

theRecord('tells by what lived on why it was away', () =>
  withWorld(async (world, t1) => {
    await t1.come()
    const cases = [
      ['link', async () => t1.go()],
      [
        'agent',
        async () => {
          await t1.go()
          t1.begin()
        },
      ],
      [
        'power',
        async () => {
          await t1.go()
          t1.begin('boot')
        },
      ],
      ['planned', async () => t1.bye('shutdown')],
      ['planned', async () => t1.bye('update')],
      ['planned', async () => t1.bye('maintenance')],
    ] as const
    for (const [reason, away] of cases) {
      await absence(world, t1, async () => {
        await away()
        await world.clock.pass(40_000)
      })
      assert.match((await t1.course()).at(-2) ?? '', new RegExp(`/${reason}/40$`), reason)
    }
    const last = (await world.presence.history.presence('t1', 0, world.clock.now())).at(-1)
    assert.is(last?.state, 'maintenance')
  }),
)

theRecord('does not know why a terminal is away until it says so, unless it promised to be back', () =>
  withWorld(async (world, t1) => {
    await t1.come()
    await world.clock.pass(60_000)
    await t1.go()
    await world.clock.pass(10_000)
    assert.is((await t1.course()).at(-1), 'suspect/unknown')
    await t1.come()
    await world.clock.pass(60_000)
    await t1.bye('restart')
    assert.is((await t1.course()).at(-1), 'suspect/planned')
    await world.clock.pass(91_000)
    assert.is((await t1.course()).at(-1), 'offline/unknown', 'it did not keep its promise')
    t1.begin()
    await t1.come()
    assert.is((await t1.course()).at(-2), 'offline/planned/91', 'but it had meant to go')
  }),
)

theRecord("takes an agent's own word on its start, however late, and not on later losses of the line", () =>
  withWorld(async (world, t1) => {
    await t1.come()
    await world.clock.pass(60_000)
    await t1.go()
    t1.begin('boot')
    await world.clock.pass(40_000)
    await t1.come()
    assert.is((await t1.course()).at(-2), 'suspect/power/40')
    await world.clock.pass(60_000)
    await t1.go()
    await world.clock.pass(30_000)
    await world.fall(5000)
    await t1.come()
    await t1.event('agent-started', { planned: true, sameBoot: false })
    const course = await t1.course()
    assert.is(course.at(-4), 'suspect/planned/40')
    assert.is(course.at(-2), 'suspect/link/35')
  }),
)

theRecord('keeps what a person says against every inference', () =>
  withWorld(async (world, t1) => {
    await t1.come()
    await world.clock.pass(60_000)
    await t1.go()
    await world.clock.pass(40_000)
    const { id = '' } = (await world.presence.history.presence('t1', 0, world.clock.now())).at(-1) ?? {}
    const edited = await world.presence.edit(id, { reason: 'planned', note: 'ремонт', by: 'user:1' })
    assert.is(edited?.judgedBy, 'person')
    t1.begin('boot')
    await t1.come()
    await t1.event('agent-started', { planned: false, sameBoot: false })
    const kept = await world.presence.downtime(id)
    assert.equal([kept?.reason, kept?.note, kept?.editedBy], ['planned', 'ремонт', 'user:1'])
    await world.presence.edit(id, { note: '', by: 'user:2' })
    assert.is((await world.presence.downtime(id))?.note, undefined)
    assert.is(await world.presence.edit('nothing', { by: 'user:1' }), undefined)
  }),
)

theRecord('calls everyone back who wants to know', () =>
  withWorld(async (world, t1) => {
    const told: PresenceInterval[] = []
    await world.clock.pass(1000)
    const leave = world.presence.history.watch((interval) => told.push(interval))
    await t1.come()
    await world.clock.pass(1000)
    await t1.go()
    leave()
    await t1.come()
    assert.equal(
      told.map(({ state, until }) => `${state}${until === undefined ? '' : ' ends'}`),
      ['never-seen ends', 'online', 'online ends', 'suspect'],
    )
  }),
)

const theFleet = suite('a fleet that was away itself')

for (const how of ['fall', 'restart'] as const) {
  theFleet(`invents no downtime (${how})`, () =>
    withWorld(async (world, t1) => {
      await t1.come()
      await world.clock.pass(60_000)
      await world[how](600_000)
      assert.is(world.presence.terminals.get('t1')?.state, 'suspect')
      assert.is((await t1.course()).at(-1), 'suspect/unknown')
      await world.clock.pass(20_000)
      await t1.come()
      await world.clock.pass(1000)
      assert.equal(await t1.course(), ['online'])
      assert.is(world.presence.terminals.get('t1')?.since, world.begun)
      const runs = await world.presence.history.fleetRuns(0, world.clock.now() + 1)
      assert.is(runs.length, 2)
      assert.ok((runs[1]?.from ?? 0) - (runs[0]?.until ?? 0) >= 600_000)
    }),
  )

  theFleet(`hides none (${how})`, () =>
    withWorld(async (world, t1) => {
      await t1.come()
      await world.clock.pass(60_000)
      await world[how](600_000)
      t1.begin('boot')
      await world.clock.pass(20_000)
      await t1.come()
      assert.equal(await t1.course(), ['online/60', 'suspect/power/620', 'online'])
      const { unseenUntil, from = 0 } =
        (await world.presence.history.presence('t1', 0, world.clock.now()))[1] ?? {}
      assert.is(unseenUntil, from + 600_000, 'of which the fleet could not see so much')
    }),
  )
}

theFleet('counts only from its return what was lost after it', () =>
  withWorld(async (world, t1) => {
    await t1.come()
    await world.clock.pass(60_000)
    await world.fall(600_000)
    await world.clock.pass(120_000)
    assert.is((await t1.course()).at(-1), 'offline/unknown')
    await t1.come()
    assert.equal(await t1.course(), ['online/660', 'offline/link/120', 'online'])
  }),
)

theFleet('that falls again and again still knows who worked on', () =>
  withWorld(async (world, t1) => {
    await t1.come()
    await world.clock.pass(60_000)
    await world.fall(60_000)
    await world.clock.pass(5000)
    await world.fall(60_000)
    await world.clock.pass(5000)
    await t1.come()
    assert.equal(await t1.course(), ['online'])
    await t1.go()
    await world.clock.pass(300_000)
    await world.fall(60_000)
    assert.is(world.presence.terminals.get('t1')?.state, 'offline', 'who was offline stays so')
    assert.equal((await t1.course()).slice(1), ['offline/unknown'])
  }),
)

theFleet('finds a worse state than it left without a false word on the time between', () =>
  withWorld(async (world, t1) => {
    await t1.come()
    await t1.profile({ scanner: ok })
    await world.clock.pass(60_000)
    await world.fall(60_000)
    await t1.come()
    await t1.profile({ scanner: broken })
    assert.equal(await t1.course(), ['online/120', 'reduced/application'])
  }),
)

theFleet('whose machine slept marks two runs of its own', () =>
  withWorld(async (world) => {
    await world.clock.pass(10_000)
    const slept = world.clock.now() + 3_600_000
    world.clock.now = () => slept
    await world.presence.leave()
    const runs = await world.presence.history.fleetRuns(0, slept + 1)
    assert.is(runs.length, 2)
  }),
)

const aDistrict = suite('a district')

aDistrict('that loses several terminals has one outage, and each says itself what it was', () =>
  withWorld(async (world, t1) => {
    const t2 = await world.terminal('t2', 'Данауровка')
    const t3 = await world.terminal('t3', 'Бахта')
    const far = await world.terminal('t4', 'Дружба')
    for (const one of [t1, t2, t3, far]) await one.come()
    await world.clock.pass(600_000)
    await t1.go()
    await far.go()
    await world.clock.pass(30_000)
    assert.is((await t1.course()).at(-1), 'suspect/unknown', 'one is no outage of a district')
    await t2.go()
    await world.clock.pass(100_000)
    await t3.go()
    const outages = async () => {
      const all = await Promise.all(
        [t1, t2, t3, far].map(({ id }) => world.presence.history.presence(id, 0, world.clock.now() + 1)),
      )
      return all.map((one) => one.findLast(({ reason }) => reason !== undefined)?.outage)
    }
    const [first, second, third, other] = await outages()
    assert.ok(first)
    assert.equal([second, third, other], [first, first, undefined])
    assert.is((await t1.course()).at(-1), 'offline/regional')
    await world.clock.pass(60_000)
    t1.begin('boot')
    t3.begin()
    for (const one of [t1, t2, t3, far]) await one.come()
    assert.match((await t1.course()).at(-2) ?? '', /^offline\/power/)
    assert.match((await t2.course()).at(-2) ?? '', /^offline\/link/)
    assert.match((await t3.course()).at(-2) ?? '', /^suspect\/agent/)
    assert.equal(await outages(), [first, first, undefined, undefined], 'whose agent fell had no part in it')
  }),
)

aDistrict('has no outage when losses lie apart, were announced, or are few among many', () =>
  withWorld(async (world, t1) => {
    const t2 = await world.terminal('t2', 'Данауровка')
    await t1.come()
    await t2.come()
    await t1.go()
    await world.clock.pass(400_000)
    await t2.go()
    assert.is((await t2.course()).at(-1), 'suspect/unknown')
    await t1.come()
    await t2.come()
    await world.clock.pass(400_000)
    await t1.bye('shutdown')
    await t2.go()
    assert.is((await t2.course()).at(-1), 'suspect/unknown')
    for (let number = 10; number < 20; number += 1) await world.terminal(`t${number}`, 'Бахта')
    await t2.come()
    await t1.come()
    await t1.go()
    await t2.go()
    assert.is((await t2.course()).at(-1), 'suspect/unknown')
  }),
)

aDistrict('whose terminals a person has judged keeps that word', () =>
  withWorld(async (world, t1) => {
    const t2 = await world.terminal('t2', 'Данауровка')
    await t1.come()
    await t2.come()
    await t1.go()
    const { id = '' } = (await world.presence.history.presence('t1', 0, world.clock.now() + 1)).at(-1) ?? {}
    await world.presence.edit(id, { reason: 'power', by: 'user:1' })
    await t2.go()
    assert.is((await t1.course()).at(-1), 'suspect/power')
    assert.is((await t2.course()).at(-1), 'suspect/regional')
  }),
)

const announced = suite('announced work')

announced('is maintenance while it lasts, and downtime when it lasts longer', () =>
  withWorld(async (world, t1) => {
    await t1.come()
    const { maintenance } = world.presence
    const now = world.clock.now()
    await maintenance.add(
      { about: 'village', name: 'Бахта', from: now + 60_000, until: now + 360_000, note: '' },
      'user:1',
    )
    await world.clock.pass(100_000)
    assert.is(world.presence.terminals.get('t1')?.state, 'online', 'who is there is there')
    await t1.go()
    assert.is(world.presence.terminals.get('t1')?.state, 'maintenance')
    await world.clock.pass(300_000)
    assert.is((await t1.course()).at(-1), 'offline/unknown')
    t1.begin('boot')
    await t1.come()
    assert.equal(await t1.course(), ['online/100', 'maintenance/planned/260', 'offline/power/40', 'online'])
  }),
)

announced('is about a terminal, a village, a district or all', () =>
  withWorld(async (world) => {
    const { maintenance, history } = world.presence
    const now = world.clock.now()
    await world.terminal('t2', 'Дружба')
    const cases = [
      ['terminal', 't1', 1, 0],
      ['village', 'Бахта', 1, 0],
      ['district', 'Мензелинский', 0, 1],
      ['fleet', '', 1, 1],
    ] as const
    for (const [about, name, first, second] of cases) {
      const { id } = await maintenance.add(
        { about, name, from: now + 1000, until: now + 2000, note: 'n' },
        'user:1',
      )
      assert.is((await history.maintenance('t1', now, now + 5000)).length, first, about)
      assert.is((await history.maintenance('t2', now, now + 5000)).length, second, about)
      await maintenance.end(id)
      assert.is(await maintenance.get(id), undefined, 'one that had not begun leaves no trace')
    }
  }),
)

announced('outlives a restart, ends when it is ended, and is bounded', () =>
  withWorld(async (world, t1) => {
    await t1.come()
    const now = world.clock.now()
    const wish = { about: 'fleet', name: '', from: now, until: now + 3_600_000, note: '' } as const
    const { id } = await world.presence.maintenance.add(wish, 'user:1')
    await world.clock.pass(60_000)
    await t1.go()
    await world.fall(1000)
    const { maintenance } = world.presence
    assert.is(world.presence.terminals.get('t1')?.state, 'maintenance')
    await maintenance.end(id)
    await world.clock.pass(1000)
    assert.is(world.presence.terminals.get('t1')?.state, 'suspect')
    assert.is((await maintenance.get(id))?.until, world.clock.now() - 1000)
    for (const wrong of [
      { ...wish, until: now },
      { ...wish, until: now + 400 * 86_400_000 },
      { ...wish, from: now - 40 * 86_400_000 },
    ]) {
      const code = await maintenance.add(wrong, 'user:1').catch((error) => error.code)
      assert.is(code, 'invalid')
    }
  }),
)

const capabilities = suite('the capabilities of a terminal')

capabilities('have intervals of their own, by the clock of the fleet', () =>
  withWorld(async (world, t1) => {
    await t1.come()
    await t1.profile({ scanner: ok, printer: ok })
    await world.clock.pass(60_000)
    await t1.event('device-fault', { capability: 'printer', detail: 'no-paper' }, 2000)
    await t1.profile({ scanner: ok, printer: broken })
    await world.clock.pass(30_000)
    await t1.event('device-recovered', { capability: 'printer' })
    await t1.event('device-fault', { capability: 'toaster' })
    await t1.event('device-fault', { capability: 'scanner' }, 120_000)
    await world.clock.pass(1000)
    const all = await world.presence.history.capabilities('t1', 0, world.clock.now())
    const words = all.map(({ capability, ok: works, from, until = 0, detail }) => {
      const length = until === 0 ? '' : ` ${(until - from) / 1000}`
      return `${capability} ${works ? 'works' : detail}${length}`
    })
    assert.equal(words.sort(), ['printer no-paper 30', 'printer works', 'printer works 60', 'scanner works'])
    await world.fall(5000)
    await t1.come()
    await t1.profile({ scanner: ok, printer: { ...broken, detail: 'jam' } })
    await t1.profile({ scanner: ok, printer: broken })
    const after = await world.presence.history.capabilities('t1', world.clock.now(), world.clock.now() + 1)
    assert.equal(
      after.map(({ capability, ok: works, detail }) => [capability, works, detail]),
      [
        ['scanner', true, undefined],
        ['printer', false, 'no-paper'],
      ],
    )
  }),
)

const retired = suite('a terminal that is out of service')

retired('is retired, whatever it does, until it is taken back', () =>
  withWorld(async (world, t1) => {
    const { terminals } = world.presence
    await t1.come()
    assert.is((await terminals.retire('t1', true))?.state, 'retired')
    await t1.go()
    await world.clock.pass(200_000)
    await world.fall(1000)
    assert.is(world.presence.terminals.get('t1')?.state, 'retired')
    await world.presence.terminals.retire('t1', false)
    assert.is(world.presence.terminals.get('t1')?.state, 'suspect')
    assert.is(await world.presence.terminals.retire('nobody', true), undefined)
  }),
)

for (const one of [theRecord, theFleet, aDistrict, announced, capabilities, retired]) one.run()
