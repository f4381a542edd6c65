import type { VitalsSeries } from '../../api/health-schemas.ts'
import type { TimeRange } from '../health-api.ts'

type Point = VitalsSeries['points'][number]

/** Columns as a chart takes them: moments, and for each of them the least, the mean and the greatest value. */
export type Columns = [
  at: number[],
  min: (number | null)[],
  average: (number | null)[],
  max: (number | null)[],
]

/** Points that lie further apart than so many usual steps have a gap between them. */
const gapSteps = 2.5

const median = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? 0

/** What lies usually between two points, in milliseconds; 0 where there are none. */
export const usualStep = (points: readonly Point[]): number =>
  median(
    points
      .slice(1)
      .map((point, index) => point.at - (points[index]?.at ?? 0))
      .sort((a, b) => a - b),
  )

/** Columns in which a time without measurements stays empty. */
export const columnsOf = (points: readonly Point[]): Columns => {
  const step = usualStep(points)
  const columns: Columns = [[], [], [], []]
  const add = (at: number, min: number | null, average: number | null, max: number | null) => {
    columns[0].push(at)
    columns[1].push(min)
    columns[2].push(average)
    columns[3].push(max)
  }
  let before: number | undefined
  for (const { at, min, average, max } of points) {
    if (before !== undefined && at - before > gapSteps * step) add(before + step, null, null, null)
    add(at, min, average, max)
    before = at
  }
  return columns
}

/** A line of the table beside a chart. */
export interface Row {
  readonly from: number
  readonly until: number
  readonly min: number
  readonly average: number
  readonly max: number
}

const rowOf = (from: number, until: number, points: readonly Point[]): Row => ({
  from,
  until,
  min: Math.min(...points.map((point) => point.min)),
  average: points.reduce((sum, point) => sum + point.average, 0) / points.length,
  max: Math.max(...points.map((point) => point.max)),
})

/** A chart as a table of at most `most` lines of equal length; where nothing was measured there is no line. */
export const rowsOf = (points: readonly Point[], { from, until }: TimeRange, most = 24): readonly Row[] => {
  const length = (until - from) / most
  return Array.from({ length: most }, (_, index) => from + index * length).flatMap((start) => {
    const inside = points.filter(({ at }) => at >= start && at < start + length)
    return inside.length === 0 ? [] : [rowOf(start, start + length, inside)]
  })
}

/** A whole range in one line; `undefined` where nothing was measured. */
export const summaryOf = (points: readonly Point[]): Row | undefined => {
  const first = points[0]
  const last = points.at(-1)
  return first && last && rowOf(first.at, last.at, points)
}

/** The length of a step for about so many points, in milliseconds. */
export const stepFor = ({ from, until }: TimeRange, points = 240): number =>
  Math.max(1000, Math.round((until - from) / points))
