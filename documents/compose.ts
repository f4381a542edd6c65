import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { DocumentError } from './document-error.ts'
import { encodePage } from './encode.ts'
import { writePdfFile } from './pdf-file.ts'
import { type ImageMediaType, type PdfImage, toPdfImage } from './pdf-image.ts'
import { recognise, type UprightPage } from './recognise.ts'

/** One page of a PDF to be made. */
export interface SourcePage {
  /** Brings the image; called once, when it is the page's turn, so that one page at a time is in memory. */
  read(): Promise<Uint8Array>
  readonly mediaType: ImageMediaType
  readonly dpi: number
  /** Clockwise. */
  readonly rotate?: 0 | 90 | 180 | 270
}

export interface ComposeOptions {
  /** Adds an invisible layer of text, Russian and Tatar; takes about five seconds a page. */
  readonly searchable?: boolean
  readonly signal: AbortSignal
}

const mostPixels = 160_000_000

/**
 * Writes one PDF of page images in this order. JPEG, G4 and plain PNG go in as they stand, everything else as JPEG.
 * @throws DocumentError `damaged`, or what reading a page threw
 */
export const composePdf = async (
  pages: readonly SourcePage[],
  out: string,
  options: ComposeOptions,
): Promise<void> => {
  const { searchable = false, signal } = options
  if (!searchable) return writePages(pages, out, signal)
  const folder = await mkdtemp(join(dirname(out), 'text-'))
  try {
    await recognise(uprightPages(pages, folder), out, folder, signal)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const writePages = (pages: readonly SourcePage[], out: string, signal: AbortSignal) =>
  writePdfFile(out, async (writer) => {
    for (const page of pages) {
      signal.throwIfAborted()
      const bytes = await page.read()
      const image = toPdfImage(bytes, page.mediaType) ?? (await encodeAnew(bytes, page.dpi))
      await writer.page(image, { dpi: page.dpi, rotate: page.rotate ?? 0 })
    }
  })

const encodeAnew = async (bytes: Uint8Array, dpi: number): Promise<PdfImage> => {
  const image = toPdfImage(await decoded(asJpeg(open(bytes), dpi)), 'image/jpeg')
  if (image === undefined) throw new DocumentError('damaged', 'A page cannot be written')
  return image
}

/** Recognition wants pages as they are read: turned for good. */
async function* uprightPages(pages: readonly SourcePage[], folder: string): AsyncGenerator<UprightPage> {
  for (const [index, { read, mediaType, dpi, rotate = 0 }] of pages.entries()) {
    const bytes = await read()
    const isPlain = rotate === 0 && toPdfImage(bytes, mediaType) !== undefined
    const file = join(folder, `page-${index + 1}`)
    await writeFile(file, isPlain ? bytes : await decoded(turn(bytes, rotate, dpi)), { mode: 0o600 })
    yield { file, dpi }
    await rm(file)
  }
}

const open = (bytes: Uint8Array): Sharp => sharp(bytes, { limitInputPixels: mostPixels, failOn: 'error' })

const asJpeg = (image: Sharp, dpi: number): Promise<Buffer> =>
  encodePage(image.flatten({ background: '#ffffff' }).toColourspace('srgb'), 'jpeg', dpi)

const turn = async (bytes: Uint8Array, rotate: number, dpi: number): Promise<Buffer> => {
  const { bitsPerSample } = await open(bytes).metadata()
  const turned = open(bytes).rotate(rotate)
  return bitsPerSample === 1 ? encodePage(turned, 'g4', dpi) : asJpeg(turned, dpi)
}

const decoded = async (work: Promise<Buffer>): Promise<Buffer> => {
  try {
    return await work
  } catch (cause) {
    throw new DocumentError('damaged', 'A page cannot be decoded', { cause })
  }
}
