import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Point } from '../../../../fleet/telemetry/telemetry.ts'
import type { StoreKind } from '../../../support/stores.ts'
import { day, hour, minute, noon, openVitals, report } from '../../../support/vitals.ts'

/** A value that differs from sample to sample, exact as a 32-bit float. */
const valueAt = (at: number): number => ((at / 30_000) % 64) / 64

/** What steps of a length must say of the samples that were sent. */
const summed = (ats: readonly number[], stepMs: number): Point[] => {
  const steps = Map.groupBy(ats, (at) => Math.floor(at / stepMs) * stepMs)
  return [...steps].map(([at, inIt]) => {
    const values = inIt.map(valueAt)
    const average = values.reduce((sum, value) => sum + value, 0) / values.length
    return { at, min: Math.min(...values), average, max: Math.max(...values) }
  })
}

const same = (actual: readonly Point[], expected: readonly Point[]) => {
  assert.equal(
    actual.map(({ at, min, max }) => [at, min, max]),
    expected.map(({ at, min, max }) => [at, min, max]),
  )
  for (const [index, { average }] of expected.entries())
    assert.ok(Math.abs((actual[index]?.average ?? Number.NaN) - average) < 1e-6, `the average of ${index}`)
}

/** The vitals of terminals over time. */
export const vitalsOf = ({ name, openStore }: StoreKind) => {
  const theVitals = suite(`the vitals in ${name}`)

  theVitals('give back what was sent, once, with its gaps and without what has no name', async () => {
    const world = await openVitals((await openStore()).telemetry)
    const { telemetry } = world
    const sent = report(
      [noon - 9 * minute, { cpu: 0.5, horoscope: 1, uptime: 60 }],
      [noon - 8 * minute, { cpu: null, uptime: 120 }],
      [noon - minute, { cpu: 0.25, uptime: null }],
    )
    await Promise.all([telemetry.keep('t1', sent), telemetry.keep('t1', sent)])
    await telemetry.keep('t2', report([noon - minute, { cpu: 1 }]))
    await telemetry.keep('t1', sent)
    assert.equal(await world.past(noon - hour, noon), [
      { at: noon - 9 * minute, min: 0.5, average: 0.5, max: 0.5 },
      { at: noon - minute, min: 0.25, average: 0.25, max: 0.25 },
    ])
    assert.equal(telemetry.latest('t1'), {
      cpu: { value: 0.25, at: noon - minute },
      uptime: { value: 120, at: noon - 8 * minute },
    })
    assert.equal(telemetry.latest('t3'), {})
    assert.equal(await telemetry.series({ terminal: 't3', metric: 'cpu', from: 0, until: noon, step: 0 }), [])
    await world.restart()
    assert.equal(world.telemetry.latest('t1').uptime, { value: 120, at: noon - 8 * minute })
    await world.telemetry.keep('t1', report([noon - 2 * minute, { cpu: 0.75 }]))
    assert.is(world.telemetry.latest('t1').cpu?.value, 0.25, 'what is older is no news')
    assert.is((await world.past(noon - hour, noon)).length, 3)
    await world.telemetry.stop()
  })

  theVitals('are summed up by 5 minutes and by hours, and forgotten when they are old enough', async () => {
    const world = await openVitals((await openStore()).telemetry)
    const ats = Array.from({ length: 360 }, (_, index) => noon - 3 * hour + index * 30_000)
    for (let next = 0; next < ats.length; next += 100)
      await world.telemetry.keep(
        't1',
        report(...ats.slice(next, next + 100).map((at) => [at, { cpu: valueAt(at) }] as const)),
      )
    same(await world.past(noon - day, noon), summed(ats, 30_000))
    same(await world.past(noon - day, noon, 2 * minute), summed(ats, 2 * minute))
    same(await world.past(noon - day, noon, 5 * minute), summed(ats, 5 * minute))
    same(await world.past(noon - day, noon, 7 * minute), summed(ats, 10 * minute))
    same(await world.past(noon - day, noon, hour), summed(ats, hour))
    world.clock.time = noon + 3 * day
    await world.restart()
    await world.telemetry.tend()
    same(await world.past(noon - day, noon), summed(ats, 5 * minute))
    world.clock.time = noon + 31 * day
    await world.telemetry.tend()
    same(await world.past(noon - day, noon), summed(ats, hour))
    same(await world.past(noon - day, noon, 90 * minute), summed(ats, 2 * hour))
    world.clock.time = noon + 4 * 366 * day
    await world.telemetry.tend()
    assert.equal(await world.past(noon - day, noon), [])
    await world.telemetry.stop()
  })

  theVitals(
    'take in what was buffered through an outage, also when its time was summed up long ago',
    async () => {
      const world = await openVitals((await openStore()).telemetry)
      const early = noon - 3 * day
      world.clock.time = early + hour
      await world.telemetry.keep('t1', report([early, { cpu: 0.25 }], [early + minute, { cpu: 0.5 }]))
      await world.telemetry.tend()
      world.clock.time = noon
      await world.telemetry.tend()
      const later = report([early + 2 * minute, { cpu: 0.75 }], [early + 20 * minute, { cpu: 1 }])
      await world.telemetry.keep('t1', later)
      same(await world.past(noon - 4 * day, noon), [
        { at: early, min: 0.25, average: 0.5, max: 0.75 },
        { at: early + 20 * minute, min: 1, average: 1, max: 1 },
      ])
      await world.telemetry.tend()
      same(await world.past(noon - 40 * day, noon), [{ at: early, min: 0.25, average: 0.625, max: 1 }])
      await world.telemetry.stop()
    },
  )

  theVitals('answer with 5000 points at most', async () => {
    const world = await openVitals((await openStore()).telemetry)
    const ats = Array.from({ length: 12_000 }, (_, index) => noon - 12_001_000 + index * 1000)
    const sent: Promise<void>[] = []
    for (let next = 0; next < ats.length; next += 100)
      sent.push(
        world.telemetry.keep(
          't1',
          report(...ats.slice(next, next + 100).map((at) => [at, { cpu: 1 }] as const)),
        ),
      )
    await Promise.all(sent)
    const points = await world.past(noon - 12_001_000, noon)
    assert.ok(points.length > 3000 && points.length <= 5000, `${points.length}`)
    assert.ok(points.every(({ at }, index) => at > (points[index - 1]?.at ?? 0)))
    await world.telemetry.stop()
  })

  return theVitals
}
