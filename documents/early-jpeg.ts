import sharp from 'sharp'
import { jpegOptions } from './encode.ts'
import { endOfImage, stripOf } from './jpeg-strips.ts'
import type { Pixels, RawPage } from './raw-page.ts'

/**
 * Whole MCUs in any subsampling, and of the widest page no more MCUs than a restart interval may have (16 bits). So few
 * that little is left to do after the last row.
 */
const stripRows = 128

/** A page that is written as JPEG while its rows come, so that the file soon follows the last one. */
export class EarlyJpeg {
  readonly #page: RawPage
  readonly #give: (part: Uint8Array) => void
  readonly #strips: Promise<Buffer>[] = []
  #given = 0
  #encoding = false
  #ended = false

  /** `give` takes the parts of the file that are ready before the page's end, in their order. */
  constructor(page: RawPage, give: (part: Uint8Array) => void) {
    this.#page = page
    this.#give = give
  }

  /** To be called when rows have come: encodes the strips that are whole, one at a time. */
  grown(): void {
    const start = this.#strips.length * stripRows
    if (this.#encoding || this.#page.rows < start + stripRows) return
    this.#encoding = true
    const strip = this.#encode(this.#page.data, start, stripRows)
    this.#strips.push(strip)
    const next = (jpeg: Buffer) => {
      this.#encoding = false
      if (this.#ended) return
      this.#giveOut(jpeg)
      this.grown()
    }
    // What went wrong shows again in the end.
    strip.then(next).catch(() => undefined)
  }

  /** What is left of the file; the page is complete. It is encoded on all processors. */
  async end({ height, data }: Pixels): Promise<Buffer> {
    this.#ended = true
    for (let start = this.#strips.length * stripRows; start < height; start += stripRows) {
      this.#strips.push(this.#encode(data, start, Math.min(stripRows, height - start)))
    }
    const whole = { height, dpi: this.#page.format.dpi }
    const left = await Promise.all(this.#strips.slice(this.#given))
    return Buffer.concat([...left.map((jpeg, at) => stripOf(whole, jpeg, this.#given + at)), endOfImage])
  }

  /** The file begins with the page's height: without it nothing can be given. */
  #giveOut(jpeg: Buffer): void {
    const { height, dpi } = this.#page.format
    if (height === undefined) return
    this.#give(stripOf({ height, dpi }, jpeg, this.#given))
    this.#given += 1
  }

  #encode(data: Uint8Array, start: number, height: number): Promise<Buffer> {
    const { stride } = this.#page
    const { width, channels } = this.#page.format
    const rows = data.subarray(start * stride, (start + height) * stride)
    const picture = sharp(rows, { raw: { width, height, channels } })
    return (channels === 1 ? picture.toColourspace('b-w') : picture).jpeg(jpegOptions).toBuffer()
  }
}
