import type { Writable } from 'node:stream'
import type { PdfImage } from './pdf-image.ts'

/** How an image stands on its page. */
export interface PagePlacement {
  /** Pixels an inch: the page is as large as the image was on paper. */
  readonly dpi: number
  /** By how much a reader turns the page, clockwise. */
  readonly rotate?: 0 | 90 | 180 | 270
}

const catalogue = 1
const pageTree = 2
const info = 3

/**
 * Writes a PDF of scanned pages (ISO 32000-1, version 1.4) as they come: an image goes out as soon as it is there,
 * and of each page only the offsets of its three objects are kept. pdf-lib holds every page until the end, which a
 * job of fifty pages on a terminal cannot afford.
 */
export class PdfWriter {
  readonly #out: Writable
  readonly #offsets: number[] = []
  readonly #pages: number[] = []
  #at = 0
  #next = info + 1

  constructor(out: Writable) {
    this.#out = out
  }

  /** Resolves when the page is handed to the stream, which may make it wait; rejects when the stream is broken. */
  async page(image: PdfImage, placement: PagePlacement): Promise<void> {
    await this.#begin()
    const [picture, contents, page] = [this.#next, this.#next + 1, this.#next + 2]
    this.#next += 3
    const colours = image.channels === 3 ? '/DeviceRGB' : '/DeviceGray'
    await this.#object(
      picture,
      `/Type /XObject /Subtype /Image /Width ${image.width} /Height ${image.height}` +
        ` /ColorSpace ${colours} /BitsPerComponent ${image.bits} ${image.filter}`,
      image.data,
    )
    const [width, height] = [points(image.width, placement.dpi), points(image.height, placement.dpi)]
    await this.#object(contents, '', [Buffer.from(`q ${width} 0 0 ${height} 0 0 cm /Page Do Q`)])
    await this.#object(
      page,
      `/Type /Page /Parent ${pageTree} 0 R /MediaBox [0 0 ${width} ${height}] /Rotate ${placement.rotate ?? 0}` +
        ` /Resources << /XObject << /Page ${picture} 0 R >> >> /Contents ${contents} 0 R`,
    )
    this.#pages.push(page)
  }

  /** Writes what binds the pages together and ends the stream. */
  async end(): Promise<void> {
    await this.#begin()
    const kids = this.#pages.map((page) => `${page} 0 R`).join(' ')
    await this.#object(catalogue, `/Type /Catalog /Pages ${pageTree} 0 R`)
    await this.#object(pageTree, `/Type /Pages /Count ${this.#pages.length} /Kids [${kids}]`)
    await this.#object(info, '/Producer (Avyl)')
    const table = this.#at
    const entries = this.#offsets.slice(1).map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`)
    await this.#write(
      `xref\n0 ${this.#next}\n0000000000 65535 f \n${entries.join('')}` +
        `trailer\n<< /Size ${this.#next} /Root ${catalogue} 0 R /Info ${info} 0 R >>\nstartxref\n${table}\n%%EOF\n`,
    )
    await new Promise<void>((resolve, reject) => {
      this.#out.once('error', reject).end(resolve)
    })
  }

  async #begin(): Promise<void> {
    // ISO 32000-1 7.5.2: four bytes above 127 tell file transfer programs that the file is binary.
    if (this.#at === 0) await this.#write(Buffer.from('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n', 'latin1'))
  }

  async #object(number: number, entries: string, stream?: readonly Uint8Array[]): Promise<void> {
    this.#offsets[number] = this.#at
    const length = stream?.reduce((sum, part) => sum + part.length, 0)
    const dictionary = length === undefined ? `<< ${entries} >>` : `<< ${entries} /Length ${length} >>`
    await this.#write(`${number} 0 obj\n${dictionary}\n`)
    if (stream !== undefined) {
      await this.#write('stream\n')
      for (const part of stream) await this.#write(part)
      await this.#write('\nendstream\n')
    }
    await this.#write('endobj\n')
  }

  #write(part: string | Uint8Array): Promise<void> {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'latin1') : part
    this.#at += bytes.length
    return new Promise((resolve, reject) => {
      this.#out.write(bytes, (error) => (error ? reject(error) : resolve()))
    })
  }
}

const points = (pixels: number, dpi: number) => Number(((pixels * 72) / dpi).toFixed(2))
