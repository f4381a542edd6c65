import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { DocumentError } from './document-error.ts'
import { checkPdf, defaultPdfLimits, type PdfPageSize } from './gate.ts'
import { wrapImage } from './image-page.ts'
import { type ChildLimits, runLimited, startLimited } from './limited-child.ts'
import { syncWord } from './pwg-raster.ts'
import { a4, a4Pixels, layOnSheet } from './sheet.ts'

/** A document that a printer shall get as PWG raster (PWG 5102.4). */
export interface RasterJob {
  readonly mediaType: 'application/pdf' | 'image/jpeg' | 'image/png'
  readonly dpi: number
  readonly colour: boolean
  /** Inclusive page ranges, counted from 1; all pages when empty. */
  readonly ranges: readonly (readonly [number, number])[]
  /** The file to write. */
  readonly out: string
  readonly duplex?: 'none' | 'long-edge' | 'short-edge'
  /** The program that decodes images which a PDF cannot carry; the page worker. */
  readonly worker?: URL
}

const limits: ChildLimits = {
  memoryMiB: 768,
  cpuSeconds: 60,
  timeoutMs: 90_000,
  outputBytes: 512 * 1024 * 1024,
}

/**
 * Draws a document for a printer that takes raster only: each page upright on A4, larger ones shrunk to it, one
 * after the other in limited children; one band of rows is held at a time. A PDF passes the gate first.
 * @throws DocumentError
 */
export const rasterise = async (
  file: string,
  job: RasterJob,
  signal: AbortSignal,
): Promise<{ pages: number }> => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-raster-'))
  try {
    const pdf =
      job.mediaType === 'application/pdf'
        ? file
        : await wrapImage(file, job.mediaType, folder, signal, job.worker)
    const { pages, sizes } = await checkPdf(pdf, defaultPdfLimits, signal)
    const wanted = selectPages(job.ranges, pages)
    const upright = await turnUpright(pdf, wanted, sizes, folder, signal)
    const draw = drawPages(upright, wanted, sizes, job, signal)
    await pipeline(draw, createWriteStream(job.out, { mode: 0o600 }), { signal })
    return { pages: wanted.length }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The pages of these ranges, each once, in the order of the document. */
export const selectPages = (ranges: readonly (readonly [number, number])[], pages: number): number[] => {
  const all = Array.from({ length: pages }, (_, index) => index + 1)
  if (ranges.length === 0) return all
  const wanted = all.filter((page) => ranges.some(([from, to]) => page >= from && page <= to))
  if (wanted.length === 0) throw new DocumentError('unsupported', 'None of the wanted pages exists')
  return wanted
}

const isLandscape = ({ width, height, rotate }: PdfPageSize) =>
  rotate % 180 === 0 ? width > height : height > width

/** Has qpdf turn the pages that lie on their side, so that each is drawn row by row as the paper runs. */
const turnUpright = async (
  pdf: string,
  wanted: readonly number[],
  sizes: readonly PdfPageSize[],
  folder: string,
  signal: AbortSignal,
): Promise<string> => {
  const lying = wanted.filter((page) => {
    const size = sizes[page - 1]
    return size !== undefined && isLandscape(size)
  })
  if (lying.length === 0) return pdf
  const upright = join(folder, 'upright.pdf')
  const turned = await runLimited(
    'qpdf',
    [pdf, `--rotate=+90:${lying.join(',')}`, '--', upright],
    limits,
    signal,
  )
  if (turned.status !== 0 && turned.status !== 3)
    throw new DocumentError('damaged', 'A page cannot be turned')
  return upright
}

async function* drawPages(
  pdf: string,
  wanted: readonly number[],
  sizes: readonly PdfPageSize[],
  job: RasterJob,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  yield syncWord
  for (const page of wanted) {
    const size = sizes[page - 1]
    if (size !== undefined) yield* drawPage(pdf, page, size, wanted.length, job, signal)
  }
}

async function* drawPage(
  pdf: string,
  page: number,
  size: PdfPageSize,
  pages: number,
  job: RasterJob,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const [longer, shorter] = [Math.max(size.width, size.height), Math.min(size.width, size.height)]
  // Two per cent over is A4 of another rounding, or the margin of a scan: cut, not shrunk.
  const fit = Math.min(a4.width / shorter, a4.height / longer)
  const dpi = fit > 0.98 ? job.dpi : job.dpi * fit
  const child = startLimited(
    'pdftoppm',
    ['-f', `${page}`, '-l', `${page}`, '-r', dpi.toFixed(3), ...(job.colour ? [] : ['-gray']), pdf],
    limits,
    signal,
  )
  try {
    yield* layOnSheet(child.output, {
      ...a4Pixels(job.dpi),
      dpi: job.dpi,
      colour: job.colour,
      sheet: a4,
      duplex: job.duplex ?? 'none',
      pages,
    })
    const { limit } = await child.ended
    if (limit !== undefined) throw new DocumentError('bomb', `pdftoppm came to its limit (${limit})`)
  } finally {
    child.kill()
  }
}
