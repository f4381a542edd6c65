import { writeFileSync } from 'node:fs'

/** One figure: what it is measured in, and what it was compared with in the same run. */
export interface Figure {
  readonly value: number
  readonly unit: string
  readonly of: string
}

/** Figures by name; the names are part of the outside face. */
export type Figures = Readonly<Record<string, Figure>>

/** A figure with no more digits than it deserves. */
export const figure = (value: number, unit: string, of: string): Figure => ({
  value: Number(value.toPrecision(3)),
  unit,
  of,
})

/** The middle of several values; of an even number, the lower one of the two in the middle. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)]
  if (middle === undefined) throw new RangeError('the median of nothing')
  return middle
}

/** The value that 95 of 100 do not exceed. */
export const p95 = (values: readonly number[]): number => {
  const found = [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1]
  if (found === undefined) throw new RangeError('the 95th percentile of nothing')
  return found
}

/** How long an act takes, in milliseconds. */
export const timed = async (act: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now()
  await act()
  return performance.now() - begun
}

/** Writes `bench/results.json`. */
export const writeResults = (figures: Figures): void => {
  writeFileSync(new URL('./results.json', import.meta.url), `${JSON.stringify(figures, null, 2)}\n`)
}
