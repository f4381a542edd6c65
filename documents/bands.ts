import sharp from 'sharp'
import type { SmallPicture } from './small-picture.ts'

/** A JPEG of some rows of a small picture. */
export interface EncodedBand {
  readonly top: number
  readonly width: number
  readonly height: number
  readonly jpeg: Buffer
}

/** The first band is short, for someone is waiting to see that the page comes at all. */
const firstRows = 8
const usualRows = 16
const mostRows = 128
const mostBytes = 64 * 1024
/** JPEG quality that a thin line bears. */
const usualQuality = 60

/** Fewer, taller bands when a page comes faster than anyone can watch. */
const leastMs = 80

/**
 * Gives out the small picture of a page in bands while it grows: one at a time, each with the rows that have come
 * since, so that a fast page has few and a slow one many.
 */
export class Bands {
  readonly #picture: SmallPicture
  readonly #show: (band: EncodedBand) => void
  readonly #quality: number
  #shown = 0
  #shownAt = 0
  #encoding: Promise<void> | undefined
  #failed: unknown

  constructor(picture: SmallPicture, show: (band: EncodedBand) => void, quality = usualQuality) {
    this.#picture = picture
    this.#show = show
    this.#quality = quality
  }

  /** To be called when rows have been added. */
  grown(): void {
    const fresh = this.#picture.rows - this.#shown
    if (this.#encoding !== undefined || fresh < (this.#shown === 0 ? firstRows : usualRows)) return
    if (performance.now() - this.#shownAt < leastMs) return
    this.#next().catch((thrown) => {
      this.#failed = thrown
    })
  }

  /** Gives out one more band; what a fast page still lacks then, its finished preview brings. */
  async end(): Promise<void> {
    await this.#encoding
    if (this.#failed !== undefined) throw this.#failed
    if (this.#shown < this.#picture.rows) await this.#next()
  }

  #next(): Promise<void> {
    const top = this.#shown
    this.#shownAt = performance.now()
    this.#shown = Math.min(this.#picture.rows, top + mostRows)
    this.#encoding = this.#encode(top, this.#shown).finally(() => {
      this.#encoding = undefined
      this.grown()
    })
    return this.#encoding
  }

  async #encode(top: number, bottom: number): Promise<void> {
    const { data, width, height, channels } = this.#picture.band(top, bottom)
    const image = sharp(data, { raw: { width, height, channels } })
    const jpeg = await image.jpeg({ quality: this.#quality, optimiseCoding: false }).toBuffer()
    // A preview may lack a band; it may not hold up the page.
    if (jpeg.length <= mostBytes) this.#show({ top, width, height, jpeg })
  }
}
