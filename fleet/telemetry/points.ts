import type { Point } from './telemetry.ts'

/** Points on their way between threads: of each its time, least, mean and greatest value. */
export type PackedPoints = Float64Array<ArrayBuffer>

/** Points as the rest of the fleet knows them. */
export const unpackPoints = (packed: PackedPoints): Point[] =>
  Array.from({ length: packed.length / 4 }, (_, index) => ({
    at: packed[index * 4] ?? 0,
    min: packed[index * 4 + 1] ?? 0,
    average: packed[index * 4 + 2] ?? 0,
    max: packed[index * 4 + 3] ?? 0,
  }))
