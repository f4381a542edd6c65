import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { columnsOf, rowsOf, stepFor, summaryOf, usualStep } from '../../../../fleet/web/terminal/series.ts'

const minute = 60_000
const point = (at: number, average: number) => ({ at, min: average - 1, average, max: average + 2 })
const even = [0, 1, 2, 3].map((index) => point(index * minute, index))

const aSeries = suite('a metric over time')

aSeries('keeps a gap where nothing was measured', () => {
  const [at, min, average, max] = columnsOf([...even, point(10 * minute, 7)])
  assert.equal(
    at,
    [0, 1, 2, 3, 4, 10].map((index) => index * minute),
  )
  assert.equal(min, [-1, 0, 1, 2, null, 6])
  assert.equal(average, [0, 1, 2, 3, null, 7])
  assert.equal(max, [2, 3, 4, 5, null, 9])
})

aSeries('without a gap is one line, and an empty one draws nothing', () => {
  assert.not.ok(columnsOf(even)[2].includes(null))
  assert.equal(columnsOf([]), [[], [], [], []])
  assert.equal(columnsOf([point(5, 1)])[2], [1])
})

aSeries('takes a point that is late for no gap', () => {
  const late = [...even, point(5 * minute, 4)]
  assert.is(usualStep(late), minute)
  assert.not.ok(columnsOf(late)[2].includes(null))
})

aSeries('is a table of even lines too, without lines where nothing was measured', () => {
  const range = { from: 0, until: 24 * minute }
  const rows = rowsOf([...even, point(20 * minute, 9)], range, 12)
  assert.equal(
    rows.map(({ from, min, average, max }) => [from / minute, min, average, max]),
    [
      [0, -1, 0.5, 3],
      [2, 1, 2.5, 5],
      [20, 8, 9, 11],
    ],
  )
})

aSeries('is one line in all, or none', () => {
  const summary = summaryOf(even)
  assert.equal([summary?.min, summary?.average, summary?.max], [-1, 1.5, 5])
  assert.is(summaryOf([]), undefined)
})

aSeries('is asked for in some hundred steps, none shorter than a second', () => {
  assert.is(stepFor({ from: 0, until: 240 * minute }), minute)
  assert.is(stepFor({ from: 0, until: minute }), 1000)
})
aSeries.run()
