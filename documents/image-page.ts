import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DocumentError } from './document-error.ts'
import { type ChildLimits, runLimited } from './limited-child.ts'
import { writePdfFile } from './pdf-file.ts'
import { type ImageMediaType, type PdfImage, toPdfImage } from './pdf-image.ts'
import { a4Pixels } from './sheet.ts'

const mostBytes = 64 * 1024 * 1024
const mostPixels = 120_000_000

// RLIMIT_AS counts what V8 only reserves.
const limits: ChildLimits = { memoryMiB: 16_384, cpuSeconds: 30, timeoutMs: 45_000, outputBytes: mostBytes }

/**
 * Wraps an image in a PDF of one page that fills A4 up to its margins, in a folder of the caller. What a PDF cannot
 * carry as it stands (alpha, interlace, 16 bits, CMYK) is first decoded by the page worker, in a child.
 * @throws DocumentError
 */
export const wrapImage = async (
  file: string,
  mediaType: ImageMediaType,
  folder: string,
  signal: AbortSignal,
  worker?: URL,
): Promise<string> => {
  if ((await stat(file)).size > mostBytes) throw new DocumentError('too-large', 'The image is too large')
  const carried = toPdfImage(await readFile(file), mediaType) ?? (await flatten(file, worker, signal))
  if (carried.width * carried.height > mostPixels) {
    throw new DocumentError('page-too-large', 'The image has too many pixels')
  }
  const wrapped = join(folder, 'image.pdf')
  await writePdfFile(wrapped, (writer) => writer.page(carried, { dpi: dpiToFill(carried) }))
  return wrapped
}

/** The resolution at which an image fills A4 within margins of 5 mm, lying or standing. */
const dpiToFill = ({ width, height }: PdfImage): number => {
  const margin = 10 / 25.4
  const inches = a4Pixels(1000)
  return Math.max(
    Math.min(width, height) / (inches.width / 1000 - margin),
    Math.max(width, height) / (inches.height / 1000 - margin),
  )
}

const flatten = async (file: string, worker: URL | undefined, signal: AbortSignal): Promise<PdfImage> => {
  const program = fileURLToPath(worker ?? new URL('./worker.ts', import.meta.url))
  const flat = await runLimited(process.execPath, [program, 'flatten', file], limits, signal)
  if (flat.status !== 0) throw new DocumentError('damaged', 'The image cannot be decoded')
  const image = toPdfImage(flat.output, 'image/jpeg')
  if (image === undefined) throw new DocumentError('unsupported', 'The image cannot be printed')
  return image
}
