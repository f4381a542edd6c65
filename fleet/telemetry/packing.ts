import { metricNames } from '../../protocol/vitals.ts'

const { length: metrics } = metricNames
const maskBytes = Math.ceil(metrics / 8)
const head = 1 + maskBytes

/** How many numbers a packed row holds for each metric: one value, or minimum, average and maximum. */
export type Width = 1 | 3

/**
 * Packs numbers as 32-bit floats: the length of a mask, the mask of the metrics that are there, their numbers in the
 * order of `metricNames`. `numbers` holds `width` for each metric; NaN in the first says that the metric is not there.
 */
export const pack = (numbers: ArrayLike<number>, width: Width, from = 0): Uint8Array => {
  let present = 0
  for (let metric = 0; metric < metrics; metric++)
    if (!Number.isNaN(numbers[from + metric * width])) present += 1
  const packed = new Uint8Array(head + present * width * 4)
  const view = new DataView(packed.buffer)
  packed[0] = maskBytes
  let place = head
  for (let metric = 0; metric < metrics; metric++) {
    const first = from + metric * width
    if (Number.isNaN(numbers[first])) continue
    packed[1 + (metric >> 3)] = (packed[1 + (metric >> 3)] ?? 0) | (1 << (metric & 7))
    for (let number = 0; number < width; number++, place += 4)
      view.setFloat32(place, numbers[first + number] ?? Number.NaN, true)
  }
  return packed
}

const bits = (byte: number): number => {
  let count = 0
  for (let rest = byte; rest !== 0; rest &= rest - 1) count += 1
  return count
}

/** Where the numbers of a metric begin in a packed row, or -1 when it has none. Rows of fewer metrics are older. */
const placeOf = (packed: Uint8Array, metric: number, width: Width): number => {
  const mask = packed[0] ?? 0
  const byte = metric >> 3
  if (byte >= mask || ((packed[1 + byte] ?? 0) & (1 << (metric & 7))) === 0) return -1
  let before = bits((packed[1 + byte] ?? 0) & ((1 << (metric & 7)) - 1))
  for (let earlier = 0; earlier < byte; earlier++) before += bits(packed[1 + earlier] ?? 0)
  const place = 1 + mask + before * width * 4
  return place + width * 4 <= packed.length ? place : -1
}

/** A number with the digits that a 32-bit float has, so that 0.1 comes back as 0.1. */
export const tidy = (number: number): number => Number(number.toPrecision(7))

/** Calls back with the least, middle and greatest number of one metric of a packed row, if it has that. */
export const ofMetric = (
  packed: Uint8Array,
  width: Width,
  metric: number,
  act: (min: number, average: number, max: number) => void,
): void => {
  const place = placeOf(packed, metric, width)
  if (place < 0) return
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  const min = view.getFloat32(place, true)
  if (width === 1) act(min, min, min)
  else act(min, view.getFloat32(place + 4, true), view.getFloat32(place + 8, true))
}

/** Calls back for each metric of a packed row with its least, middle and greatest number. */
export const eachMetric = (
  packed: Uint8Array,
  width: Width,
  act: (metric: number, min: number, average: number, max: number) => void,
): void => {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  const known = Math.min(metrics, (packed[0] ?? 0) * 8)
  let place = 1 + (packed[0] ?? 0)
  for (let metric = 0; metric < known && place + width * 4 <= packed.length; metric++) {
    if (((packed[1 + (metric >> 3)] ?? 0) & (1 << (metric & 7))) === 0) continue
    const min = view.getFloat32(place, true)
    if (width === 1) act(metric, min, min, min)
    else act(metric, min, view.getFloat32(place + 4, true), view.getFloat32(place + 8, true))
    place += width * 4
  }
}
