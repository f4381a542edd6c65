import { DocumentError } from './document-error.ts'

/** The pixels of a page as they come: rows from the top, without padding between them. */
export interface RawFormat {
  readonly width: number
  /** Unknown until the end of the page where `undefined`. */
  readonly height: number | undefined
  /** 3 is RGB, 1 is grey. */
  readonly channels: 1 | 3
  /** 8, or 1: eight pixels a byte, the first in the highest bit, a set bit is black. */
  readonly bits: 1 | 8
  readonly dpi: number
}

/** Eight bits a channel, rows without padding. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly data: Uint8Array
}

/** A3 at 600 dpi in colour is 209 MB. */
const mostBytes = 256 * 1024 * 1024

/** The shape of pages whose length is not told: A4, to begin with. */
const usualShape = 1.42

/** Gathers one page from pieces of any size; one bit a pixel is widened to eight on the way. */
export class RawPage {
  readonly format: RawFormat
  readonly stride: number
  #data: Uint8Array
  #length = 0
  /** Where the next pixel of a one-bit row stands. */
  #column = 0

  /** `spare` is memory of an earlier page that is no longer used. */
  constructor(format: RawFormat, spare?: Uint8Array) {
    this.format = format
    this.stride = format.width * format.channels
    const rows = format.height ?? Math.ceil(format.width * usualShape)
    const bytes = rows * this.stride
    this.#data = spare !== undefined && spare.length >= bytes ? spare : this.#allocate(bytes)
  }

  /** Rows that are whole. */
  get rows(): number {
    return Math.floor(this.#length / this.stride)
  }

  /** The pixels so far; the same memory until the page must grow. */
  get data(): Uint8Array {
    return this.#data
  }

  /** @throws DocumentError `page-too-large` */
  push(chunk: Uint8Array): void {
    const pixels = this.format.bits === 1 ? chunk.length * 8 : chunk.length
    if (this.#length + pixels > this.#data.length) this.#grow(this.#length + pixels)
    if (this.format.bits === 1) {
      this.#widen(chunk)
    } else {
      this.#data.set(chunk, this.#length)
      this.#length += chunk.length
    }
  }

  /** The whole page. @throws DocumentError `damaged` when rows are missing */
  end(): Pixels {
    const { width, channels, height = this.rows } = this.format
    if (this.#length === 0 || this.#length !== height * this.stride) {
      throw new DocumentError('damaged', `The page has ${this.rows} of ${height} rows`)
    }
    return { width, height, channels, data: this.#data.subarray(0, this.#length) }
  }

  #widen(chunk: Uint8Array): void {
    const { width } = this.format
    let [at, column] = [this.#length, this.#column]
    for (const byte of chunk) {
      const end = Math.min(8, width - column)
      for (let bit = 0; bit < end; bit += 1) this.#data[at++] = (byte << bit) & 0x80 ? 0 : 255
      column = column + 8 >= width ? 0 : column + 8
    }
    this.#length = at
    this.#column = column
  }

  #grow(atLeast: number): void {
    const grown = this.#allocate(Math.max(atLeast, Math.ceil(this.#data.length * 1.5)))
    grown.set(this.#data.subarray(0, this.#length))
    this.#data = grown
  }

  #allocate(bytes: number): Uint8Array {
    if (bytes > mostBytes) throw new DocumentError('page-too-large', 'The page is too large to be worked on')
    return Buffer.allocUnsafeSlow(bytes)
  }
}
