import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { eachMetric, pack, unpackOne } from '../../../fleet/telemetry/packing.ts'
import { Summary } from '../../../fleet/telemetry/summary.ts'
import { metricNames } from '../../../protocol/vitals.ts'

const { length: metrics } = metricNames

/** A value of each metric, or none. */
const sample = fc.array(fc.option(fc.float({ noNaN: true, noDefaultInfinity: true }), { nil: Number.NaN }), {
  minLength: metrics,
  maxLength: metrics,
})

const aPackedRow = suite('a packed row')

aPackedRow('gives back each metric that is there and no other', () => {
  fc.assert(
    fc.property(sample, (values) => {
      const packed = pack(values, 1)
      const found = new Map<number, number>()
      eachMetric(packed, 1, (metric, value) => found.set(metric, value))
      for (const [metric, value] of values.entries()) {
        if (Number.isNaN(value)) {
          assert.is(unpackOne(packed, metric, 1), undefined)
          assert.not.ok(found.has(metric))
        } else {
          assert.is(found.get(metric), value)
          const [told = Number.NaN] = unpackOne(packed, metric, 1) ?? []
          assert.ok(Math.abs(told - value) <= Math.abs(value) * 1e-6)
        }
      }
      assert.is(packed.length, 1 + Math.ceil(metrics / 8) + 4 * found.size)
    }),
    { seed: 4 },
  )
})

aPackedRow('of a time with fewer metrics is read as it stands, and damage gives nothing', () => {
  const older = Uint8Array.of(1, 0b101, ...new Uint8Array(Float32Array.of(0.1, 2).buffer))
  assert.equal(unpackOne(older, 0, 1), [0.1])
  assert.is(unpackOne(older, 1, 1), undefined)
  assert.equal(unpackOne(older, 2, 1), [2])
  assert.is(unpackOne(older, 12, 1), undefined)
  assert.is(unpackOne(older.subarray(0, 8), 2, 1), undefined)
  assert.is(unpackOne(new Uint8Array(), 0, 1), undefined)
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
  assert.equal(unpackOne(whole.packed(), 0, 3), [0.25, 0.8333333, 1.5])
  assert.equal(unpackOne(whole.packed(), 1, 3), [8, 8, 8])
  assert.is(unpackOne(whole.packed(), 2, 3), undefined)
})

aPackedRow.run()
