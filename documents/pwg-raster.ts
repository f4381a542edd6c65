/** One page of a raster, as its header says it; lengths in pixels unless said otherwise. */
export interface RasterPage {
  readonly width: number
  readonly height: number
  readonly dpi: number
  readonly colour: boolean
  /** The sheet, in points, and its self-describing name (PWG 5101.1). */
  readonly sheet: { readonly width: number; readonly height: number; readonly name: string }
  readonly duplex: 'none' | 'long-edge' | 'short-edge'
  /** Pages in the whole document, or 0 where that is not known yet. */
  readonly pages: number
}

/** What every PWG raster file begins with (PWG 5102.4 4.1). */
export const syncWord = Buffer.from('RaS2', 'latin1')

const headerLength = 1796
const sRgb = 19
const sGrey = 18

/** A page header (PWG 5102.4 4.3): numbers are big-endian, strings end with zero, the rest is zero. */
export const pageHeader = (page: RasterPage): Buffer => {
  const header = Buffer.alloc(headerLength)
  const channels = page.colour ? 3 : 1
  header.write('PwgRaster', 0, 'latin1')
  header.writeUInt32BE(page.duplex === 'none' ? 0 : 1, 272)
  header.writeUInt32BE(page.dpi, 276)
  header.writeUInt32BE(page.dpi, 280)
  header.writeUInt32BE(page.sheet.width, 352)
  header.writeUInt32BE(page.sheet.height, 356)
  header.writeUInt32BE(page.duplex === 'short-edge' ? 1 : 0, 368)
  header.writeUInt32BE(page.width, 372)
  header.writeUInt32BE(page.height, 376)
  header.writeUInt32BE(8, 384)
  header.writeUInt32BE(8 * channels, 388)
  header.writeUInt32BE(page.width * channels, 392)
  header.writeUInt32BE(page.colour ? sRgb : sGrey, 400)
  header.writeUInt32BE(channels, 420)
  header.writeUInt32BE(page.pages, 452)
  header.writeInt32BE(1, 456)
  header.writeInt32BE(1, 460)
  header.write(page.sheet.name, 1732, 63, 'latin1')
  return header
}

/**
 * Packs the rows of one page (PWG 5102.4 4.4): a byte says how often the row comes again, then runs of one colour
 * (`count - 1`, the colour) and of different ones (`257 - count`, the colours) fill it.
 */
export class RasterRows {
  readonly #channels: number
  readonly #send: (packed: Uint8Array) => void
  readonly #packed: Uint8Array
  #last: Uint8Array | undefined
  #repeats = 0

  constructor(page: RasterPage, send: (packed: Uint8Array) => void) {
    this.#channels = page.colour ? 3 : 1
    this.#send = send
    // At worst every pixel has a count of its own.
    this.#packed = new Uint8Array(1 + page.width * (this.#channels + 1))
  }

  /** Takes the next row, which the caller may change afterwards. */
  push(row: Uint8Array): void {
    if (this.#last !== undefined && this.#repeats < 256 && Buffer.compare(this.#last, row) === 0) {
      this.#repeats += 1
      return
    }
    this.end()
    this.#last = Uint8Array.from(row)
    this.#repeats = 1
  }

  /** Sends what is held back; to be called after the last row. */
  end(): void {
    if (this.#last === undefined) return
    this.#packed[0] = this.#repeats - 1
    const length = packRow(this.#last, this.#channels, this.#packed)
    this.#send(this.#packed.slice(0, length))
    this.#last = undefined
  }
}

const packRow = (row: Uint8Array, channels: number, packed: Uint8Array): number => {
  const same = (a: number, b: number) =>
    row[a] === row[b] && (channels === 1 || (row[a + 1] === row[b + 1] && row[a + 2] === row[b + 2]))
  const end = row.length
  let at = 1
  let from = 0
  while (from < end) {
    let to = from + channels
    const limit = Math.min(end, from + 128 * channels)
    if (to < end && same(from, to)) {
      while (to < limit && same(from, to)) to += channels
      packed[at++] = (to - from) / channels - 1
      packed.set(row.subarray(from, from + channels), at)
      at += channels
    } else {
      while (to < limit && !(to + channels < end && same(to, to + channels))) to += channels
      const count = (to - from) / channels
      // A single colour is a run of one; 257 - 1 would not fit a byte.
      packed[at++] = count === 1 ? 0 : 257 - count
      packed.set(row.subarray(from, to), at)
      at += to - from
    }
    from = to
  }
  return at
}
