import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { eachMetric, ofMetric, pack, tidy, type Width } from '../../../fleet/telemetry/packing.ts'
import { Summary } from '../../../fleet/telemetry/summary.ts'
import { metricNames } from '../../../protocol/vitals.ts'

const { length: metrics } = metricNames

/** A value of each metric, or none. */
const sample = fc.array(fc.option(fc.float({ noNaN: true, noDefaultInfinity: true }), { nil: Number.NaN }), {
  minLength: metrics,
  maxLength: metrics,
})

/** The least, middle and greatest number of a metric, if the row has it. */
const numbersOf = (packed: Uint8Array, width: Width, metric: number): number[] | undefined => {
  let found: number[] | undefined
  ofMetric(packed, width, metric, (...numbers) => {
    found = numbers
  })
  return found
}

const aPackedRow = suite('a packed row')

aPackedRow('gives back each metric that is there and no other', () => {
  fc.assert(
    fc.property(sample, (values) => {
      const packed = pack(values, 1)
      const found = new Map<number, number>()
      eachMetric(packed, 1, (metric, value) => found.set(metric, value))
      for (const [metric, value] of values.entries()) {
        if (Number.isNaN(value)) {
          assert.is(numbersOf(packed, 1, metric), undefined)
          assert.not.ok(found.has(metric))
        } else {
          assert.is(found.get(metric), value)
          assert.equal(numbersOf(packed, 1, metric), [value, value, value])
        }
      }
      assert.is(packed.length, 1 + Math.ceil(metrics / 8) + 4 * found.size)
    }),
    { seed: 4 },
  )
})

aPackedRow('of a time with fewer metrics is read as it stands, and damage gives nothing', () => {
  const older = Uint8Array.of(1, 0b101, ...new Uint8Array(Float32Array.of(0.1, 2).buffer))
  assert.is(numbersOf(older, 1, 0)?.map(tidy)[0], 0.1)
  assert.is(numbersOf(older, 1, 1), undefined)
  assert.equal(numbersOf(older, 1, 2), [2, 2, 2])
  assert.is(numbersOf(older, 1, 12), undefined)
  assert.is(numbersOf(older.subarray(0, 8), 1, 2), undefined)
  assert.is(numbersOf(new Uint8Array(), 1, 0), undefined)
  eachMetric(new Uint8Array(), 1, () => assert.unreachable())
})

aPackedRow('of a summary tells minimum, average and maximum, weighed by the samples it stands for', () => {
  const none = new Array<number>(metrics).fill(Number.NaN)
  const quiet = new Summary()
  quiet.add(pack([0.25, ...none.slice(1)], 1), 1)
  quiet.add(pack([0.75, ...none.slice(1)], 1), 1)
  const whole = new Summary()
  whole.add(quiet.packed(), 3, quiet.samples)
  whole.add(pack([1.5, 8, ...none.slice(2)], 1), 1)
  assert.is(whole.samples, 3)
  assert.equal(numbersOf(whole.packed(), 3, 0)?.map(tidy), [0.25, 0.8333333, 1.5])
  assert.equal(numbersOf(whole.packed(), 3, 1), [8, 8, 8])
  assert.is(numbersOf(whole.packed(), 3, 2), undefined)
})

aPackedRow.run()
