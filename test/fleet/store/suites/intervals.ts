import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Database, openDatabase } from '../../../../fleet/store/database.ts'
import type { CapabilityIntervalRow, PresenceIntervalRow } from '../../../../fleet/store/schema.ts'
import { FleetRuns } from '../../../../fleet/terminals/fleet-runs.ts'
import { IntervalStore } from '../../../../fleet/terminals/interval-store.ts'
import { Maintenance } from '../../../../fleet/terminals/maintenance.ts'
import { StoppedClock } from '../../../support/fleet.ts'
import type { StoreKind } from '../../../support/stores.ts'

const interval = (id: string, more: Partial<PresenceIntervalRow> = {}): PresenceIntervalRow => ({
  ...{ id, terminal: 't1', state: 'online', from_at: 0, until_at: null, reason: null, judged_by: null },
  ...{ note: null, edited_by: null, unseen_until: null, outage: null, run: null, ...more },
})

const capability = (name: string, more: Partial<CapabilityIntervalRow> = {}): CapabilityIntervalRow => ({
  ...{ terminal: 't1', capability: name, ok: 1, from_at: 0, until_at: null, detail: null, detected_at: null },
  ...more,
})

const namesOf = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id)

/** What the fleet keeps of the past of its terminals, and of its own. */
export const intervalsOf = ({ name, openStore }: StoreKind) => {
  const theIntervals = suite(`the intervals in ${name}`)
  let database: Database
  theIntervals.before.each(async () => {
    database = await openDatabase((await openStore()).dialect())
  })
  theIntervals.after.each(() => database.destroy())

  theIntervals('keep the last shape of a row, and what was taken back at once never', async () => {
    const store = new IntervalStore(database)
    store.put(interval('a'))
    store.put(interval('gone', { terminal: 't2' }))
    store.drop(interval('gone', { terminal: 't2' }))
    store.put(interval('a', { until_at: 5000, note: 'ремонт', reason: 'planned' }))
    await store.flush()
    store.put(interval('a', { until_at: 6000, note: 'төзәтү', reason: 'planned', run: 'r1' }))
    assert.equal(
      await store.find('a'),
      interval('a', { until_at: 6000, note: 'төзәтү', reason: 'planned', run: 'r1' }),
    )
    assert.is(await store.find('gone'), undefined)
    assert.equal(namesOf(await store.endedBy('t1', 'r1')), ['a'])
    assert.equal(await store.endedBy('t2', 'r1'), [])
    store.drop(interval('a'))
    assert.is(await store.find('a'), undefined)
  })

  theIntervals('give those of a terminal that touch a range, in their order', async () => {
    const store = new IntervalStore(database)
    store.put(interval('later', { from_at: 3000, state: 'offline', reason: 'power' }))
    store.put(interval('first', { from_at: 0, until_at: 1000 }))
    store.put(interval('second', { from_at: 1000, until_at: 3000, state: 'suspect' }))
    store.put(interval('other', { terminal: 't2' }))
    const touching = async (from: number, until: number) => namesOf(await store.presence('t1', from, until))
    assert.equal(await touching(0, 9000), ['first', 'second', 'later'])
    assert.equal(await touching(1000, 3000), ['second'], 'ends do not touch')
    assert.equal(await touching(5000, 6000), ['later'], 'what lasts touches all to come')
    assert.equal((await store.presence('t1', 4000, 5000))[0], {
      ...{ id: 'later', terminal: 't1', state: 'offline', from: 3000, reason: 'power' },
    })
    store.putCapability(capability('scanner', { until_at: 2000 }))
    store.putCapability(capability('scanner', { from_at: 2000, ok: 0, detail: 'no-paper' }))
    await store.flush()
    store.putCapability(capability('scanner', { from_at: 2000, ok: 0, detail: 'jam', detected_at: 2100 }))
    assert.equal(await store.capabilities('t1', 2000, 3000), [
      { terminal: 't1', capability: 'scanner', ok: false, from: 2000, detail: 'jam', detectedAt: 2100 },
    ])
    assert.equal(
      (await store.lastingCapabilities()).map(({ from_at }) => from_at),
      [2000],
    )
  })

  theIntervals('that last come with those before a time that nobody saw', async () => {
    const store = new IntervalStore(database)
    store.put(interval('before', { until_at: 1000 }))
    store.put(interval('unseen', { from_at: 1000, state: 'suspect', unseen_until: 1500 }))
    store.put(interval('ended', { terminal: 't2', until_at: 1000 }))
    store.put(interval('seen', { terminal: 't2', from_at: 1000 }))
    await store.flush()
    assert.equal(namesOf(await store.lasting()).sort(), ['before', 'seen', 'unseen'])
  })

  theIntervals('are forgotten after three years, those that last never', async () => {
    const store = new IntervalStore(database)
    const years = 3 * 366 * 86_400_000
    store.put(interval('old', { until_at: 999 }))
    store.put(interval('young', { until_at: 1000 }))
    store.put(interval('lasting', { terminal: 't2' }))
    await store.flush()
    await store.forget(years + 1000)
    assert.equal(namesOf(await store.presence('t1', 0, 9000)), ['young'])
    assert.equal(namesOf(await store.presence('t2', 0, 9000)), ['lasting'])
  })

  theIntervals('of announced work end when they are ended', async () => {
    const clock = new StoppedClock(1_000_000)
    const maintenance = new Maintenance(database, clock)
    const add = (from: number, until: number) =>
      maintenance.add({ about: 'village', name: 'Бахта', from, until, note: '' }, 'user:1')
    const begun = await add(1_000_000, 2_000_000)
    const toCome = await add(1_500_000, 2_500_000)
    await clock.pass(1000)
    await maintenance.end(begun.id)
    await maintenance.end(toCome.id)
    assert.equal(await maintenance.get(begun.id), { ...begun, until: 1_001_000 })
    assert.is(await maintenance.get(toCome.id), undefined)
    const last = await add(1_200_000, 3_000_000)
    assert.equal(namesOf(await maintenance.between(0, 9_000_000)), [begun.id, last.id])
    const afterRestart = new Maintenance(database, new StoppedClock(1_300_000))
    await afterRestart.start()
    assert.ok(afterRestart.holds({ id: 't1', village: 'Бахта', district: '' }))
  })

  theIntervals("of the fleet's own runs say when it was last there", async () => {
    const fail = (error: unknown) => {
      throw error
    }
    const clock = new StoppedClock(1_000_000)
    const first = new FleetRuns(database, clock)
    assert.is(await first.start(fail), undefined)
    await clock.pass(3000)
    await first.mark()
    first.stop()
    const second = new FleetRuns(database, new StoppedClock(2_000_000))
    assert.is(await second.start(fail), 1_003_000)
    second.stop()
    assert.equal(await second.between(0, 3_000_000), [
      { from: 1_000_000, until: 1_003_000 },
      { from: 2_000_000, until: 2_000_000 },
    ])
  })

  return theIntervals
}
