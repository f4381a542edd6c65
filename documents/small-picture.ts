import type { Pixels, RawFormat } from './raw-page.ts'

/** The width that the small picture of a page comes near to. */
const aim = 620

/** Rows from one to before another of a small picture. */
export interface PictureBand extends Pixels {
  readonly top: number
}

/** A page made small while its rows come: each pixel is the mean of a square of the page. */
export class SmallPicture {
  readonly width: number
  readonly channels: 1 | 3
  /** Pixels of the page along one side of a small pixel. */
  readonly scale: number
  /** Height of the whole picture, where the page's is known. */
  readonly expected: number | undefined
  #data: Uint8Array
  #rows = 0
  #sums: Uint32Array
  #summed = 0

  constructor(format: RawFormat) {
    this.scale = Math.max(1, Math.round(format.width / aim))
    this.width = Math.max(1, Math.floor(format.width / this.scale))
    this.channels = format.channels
    this.expected = format.height === undefined ? undefined : Math.floor(format.height / this.scale)
    this.#sums = new Uint32Array(this.width * this.channels)
    this.#data = new Uint8Array((this.expected ?? this.width * 2) * this.width * this.channels)
  }

  /** Rows that are finished. */
  get rows(): number {
    return this.#rows
  }

  /** Takes whole rows of the page, in order. */
  push(data: Uint8Array, from: number, rows: number, stride: number): void {
    for (let row = from; row < from + rows; row += 1) {
      this.#add(data, row * stride)
      this.#summed += 1
      if (this.#summed === this.scale) this.#finishRow()
    }
  }

  /** Finished rows, in memory that later rows do not touch. */
  band(top: number, bottom: number): PictureBand {
    const stride = this.width * this.channels
    const data = this.#data.subarray(top * stride, bottom * stride)
    return { width: this.width, height: bottom - top, channels: this.channels, data, top }
  }

  #add(data: Uint8Array, start: number): void {
    const { scale, channels } = this
    const sums = this.#sums
    let at = start
    if (channels === 1) {
      for (let small = 0; small < sums.length; small += 1) {
        let sum = 0
        for (const end = at + scale; at < end; at += 1) sum += data[at] ?? 0
        sums[small] = (sums[small] ?? 0) + sum
      }
      return
    }
    for (let small = 0; small < sums.length; small += 3) {
      let [red, green, blue] = [0, 0, 0]
      for (const end = at + scale * 3; at < end; at += 3) {
        red += data[at] ?? 0
        green += data[at + 1] ?? 0
        blue += data[at + 2] ?? 0
      }
      sums[small] = (sums[small] ?? 0) + red
      sums[small + 1] = (sums[small + 1] ?? 0) + green
      sums[small + 2] = (sums[small + 2] ?? 0) + blue
    }
  }

  #finishRow(): void {
    const sums = this.#sums
    const start = this.#rows * sums.length
    if (start + sums.length > this.#data.length) {
      const grown = new Uint8Array(this.#data.length * 2 + sums.length)
      grown.set(this.#data)
      this.#data = grown
    }
    const area = this.scale * this.scale
    for (let index = 0; index < sums.length; index += 1) {
      this.#data[start + index] = (sums[index] ?? 0) / area
    }
    sums.fill(0)
    this.#summed = 0
    this.#rows += 1
  }
}

/** The brightness of a picture (ITU-R BT.601 weights). */
export const toGrey = ({ width, height, channels, data }: Pixels): Pixels => {
  if (channels === 1) return { width, height, channels, data }
  const grey = new Uint8Array(width * height)
  for (let index = 0, at = 0; index < grey.length; index += 1, at += 3) {
    grey[index] = ((data[at] ?? 0) * 77 + (data[at + 1] ?? 0) * 150 + (data[at + 2] ?? 0) * 29) >> 8
  }
  return { width, height, channels: 1, data: grey }
}
