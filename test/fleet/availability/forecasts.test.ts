import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Forecasts } from '../../../fleet/availability/forecasts.ts'
import { fallOf } from '../../../fleet/availability/slope.ts'
import type { MetricName } from '../../../protocol/vitals.ts'
import { StoppedClock, settled } from '../../support/fleet.ts'
import { drawFrom } from './stories.ts'

const dayMs = 86_400_000
const now = 1_700_000_000_000
const stepMs = dayMs / 4

/** Values at every quarter of a day until now, the oldest first. */
const samples = (values: readonly number[]) =>
  values.map((value, index) => ({ at: now - (values.length - index) * stepMs, value }))

const steady = (count: number, from: number, perDay: number) =>
  Array.from({ length: count }, (_, n) => from - (n * perDay) / 4)

const perDay = (fall: number | undefined) =>
  fall === undefined ? undefined : Math.round(fall * dayMs * 1000) / 1000

const aFall = suite('how fast something is used up')

aFall('is the slope of what falls steadily, refills and outliers aside', () => {
  assert.is(perDay(fallOf(samples(steady(40, 0.9, 0.05)))), 0.05)
  const refilled = [...steady(20, 0.6, 0.1), ...steady(30, 1, 0.1), ...steady(10, 0.9, 0.1)]
  assert.is(perDay(fallOf(samples(refilled))), 0.1)
  const draw = drawFrom(7)
  const noisy = steady(60, 0.95, 0.04).map((value, n) =>
    n % 9 === 4 ? value - 0.3 : value + draw.upTo(100) / 10_000,
  )
  const found = perDay(fallOf(samples(noisy))) ?? 0
  assert.ok(found > 0.03 && found < 0.05, `${found}`)
})

aFall('is not told where the samples do not carry it', () => {
  assert.is(fallOf([]), undefined)
  assert.is(fallOf(samples(steady(5, 0.9, 0.1))), undefined, 'too few')
  const dense = steady(30, 0.9, 0.1).map((value, n) => ({ at: now + n * 60_000, value }))
  assert.is(fallOf(dense), undefined, 'too short')
  assert.is(fallOf(samples(steady(40, 0.5, 0))), undefined, 'level')
  assert.is(fallOf(samples(steady(40, 0.2, -0.01))), undefined, 'rising')
  const draw = drawFrom(3)
  assert.is(
    fallOf(samples(Array.from({ length: 60 }, () => 0.5 + draw.upTo(100) / 2500))),
    undefined,
    'noise',
  )
})

const forecasts = suite('forecasts')

const telemetry = (series: Partial<Record<MetricName, readonly number[]>>, age = 0) => ({
  asked: 0,
  latest() {
    return Object.fromEntries(
      Object.entries(series).map(([metric, values]) => [
        metric,
        { value: values.at(-1) ?? 0, at: now - age },
      ]),
    )
  },
  async series({ metric }: { metric: MetricName }) {
    this.asked++
    return samples(series[metric] ?? []).map(({ at, value }) => ({
      at,
      min: value,
      average: value,
      max: value,
    }))
  },
})
const place = { id: 't1', village: 'Арча', district: '' }

forecasts('tell what runs out and when, the soonest first, and look anew each hour', async () => {
  const clock = new StoppedClock(now)
  const source = telemetry({
    printer_paper: steady(20, 0.98, 0.16),
    printer_supply: steady(60, 0.9, 0.02),
    disk: steady(60, 0.3, -0.01),
    certificate: [5 * 86_400],
  })
  const all = new Forecasts({ telemetry: source, clock })
  const found = await all.of([place])
  assert.equal(
    found.map(({ what, left, daysLeft }) => [
      what,
      left === undefined ? left : left.toFixed(2),
      daysLeft.toFixed(1),
    ]),
    [
      ['paper', '0.22', '1.4'],
      ['certificate', undefined, '5.0'],
      ['toner', '0.60', '30.2'],
      ['disk', '0.55', '55.3'],
    ],
  )
  assert.equal([found[0]?.terminal, found[0]?.village], ['t1', 'Арча'])
  await all.of([place])
  assert.is(source.asked, 3)
  await clock.pass(3_600_000)
  // Nobody waits for what is looked at anew.
  assert.is((await all.of([place])).length, 4)
  while (source.asked < 6) await settled()
})

forecasts(
  'say nothing of what lasts, of what is no longer measured, and of a certificate that renews itself',
  async () => {
    const clock = new StoppedClock(now)
    const lasting = telemetry({ printer_supply: steady(60, 0.99, 0.001), certificate: [20 * 86_400] })
    assert.equal(await new Forecasts({ telemetry: lasting, clock }).of([place]), [])
    const gone = telemetry({ printer_paper: steady(20, 0.98, 0.16) }, 40 * dayMs)
    assert.equal(await new Forecasts({ telemetry: gone, clock }).of([place]), [])
  },
)

aFall.run()
forecasts.run()
