import sharp from 'sharp'
import { jpegOptions } from './encode.ts'
import { joinStrips } from './jpeg-strips.ts'
import type { Pixels, RawPage } from './raw-page.ts'

/**
 * Whole MCUs in any subsampling, and of the widest page no more MCUs than a restart interval may have (16 bits). So few
 * that little is left to do after the last row.
 */
const stripRows = 128

/** A page that is written as JPEG while its rows come, so that the file soon follows the last one. */
export class EarlyJpeg {
  readonly #page: RawPage
  readonly #strips: Promise<Buffer>[] = []
  #encoding = false
  #ended = false

  constructor(page: RawPage) {
    this.#page = page
  }

  /** To be called when rows have come: encodes the strips that are whole, one at a time. */
  grown(): void {
    const start = this.#strips.length * stripRows
    if (this.#encoding || this.#page.rows < start + stripRows) return
    this.#encoding = true
    const strip = this.#encode(this.#page.data, start, stripRows)
    this.#strips.push(strip)
    const next = () => {
      this.#encoding = false
      if (!this.#ended) this.grown()
    }
    strip.then(next, () => undefined)
  }

  /** The file of the page, which is complete. What is left is encoded on all processors. */
  async end({ height, data }: Pixels): Promise<Buffer> {
    this.#ended = true
    for (let start = this.#strips.length * stripRows; start < height; start += stripRows) {
      this.#strips.push(this.#encode(data, start, Math.min(stripRows, height - start)))
    }
    return joinStrips(await Promise.all(this.#strips), height, this.#page.format.dpi)
  }

  #encode(data: Uint8Array, start: number, height: number): Promise<Buffer> {
    const { stride } = this.#page
    const { width, channels } = this.#page.format
    const rows = data.subarray(start * stride, (start + height) * stride)
    const picture = sharp(rows, { raw: { width, height, channels } })
    return (channels === 1 ? picture.toColourspace('b-w') : picture).jpeg(jpegOptions).toBuffer()
  }
}
