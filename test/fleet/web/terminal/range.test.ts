import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { placeOf, rangeOf, spanMs, spans, ticksOf } from '../../../../fleet/web/terminal/range.ts'

const hour = 3_600_000
const noon = new Date(2026, 10, 21, 12, 0).getTime()
const range = (lengthMs: number) => ({ from: noon - lengthMs, until: noon })

const theRange = suite('the time that timeline and charts show')

theRange('ends now, unless a part of the past was marked', () => {
  for (const span of spans) {
    assert.equal(rangeOf({ span }, noon), { from: noon - spanMs[span], until: noon })
  }
  const part = { from: 5, until: 9 }
  assert.is(rangeOf({ span: 'day', part }, noon), part)
})

theRange('places a moment as a share of it, and what lies outside at its edge', () => {
  assert.is(placeOf(range(4 * hour), noon - hour), 0.75)
  assert.is(placeOf(range(hour), noon - 2 * hour), 0)
  assert.is(placeOf(range(hour), noon + hour), 1)
})

theRange('is named by few round hours and midnights, whatever its length', () => {
  for (const length of [hour / 2, 3 * hour, 24 * hour, 7 * 24 * hour, 30 * 24 * hour]) {
    const ticks = ticksOf(range(length))
    assert.ok(ticks.length >= 2 && ticks.length <= 9, `${length / hour} hours have ${ticks.length} ticks`)
    for (const { at, midnight } of ticks) {
      assert.ok(at >= noon - length && at < noon)
      const clock = new Date(at)
      assert.is(midnight, clock.getHours() === 0 && clock.getMinutes() === 0)
      assert.is(clock.getMinutes() % 5, 0)
    }
    assert.equal(
      ticks.map(({ at }) => at),
      ticks.map(({ at }) => at).toSorted((a, b) => a - b),
    )
  }
  assert.equal(
    ticksOf(range(24 * hour)).map(({ at }) => new Date(at).getHours()),
    [12, 15, 18, 21, 0, 3, 6, 9],
  )
})
theRange.run()
