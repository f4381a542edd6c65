import { open, stat } from 'node:fs/promises'
import { DocumentError } from './document-error.ts'
import { type ChildLimits, type ChildOutcome, runLimited, startLimited } from './limited-child.ts'

/** What a document from outside may be at most. */
export interface PdfLimits {
  readonly bytes: number
  readonly pages: number
  /** The longer and the shorter side of a page, in points. */
  readonly page: readonly [longer: number, shorter: number]
  /** What one page may unpack to, in bytes: a colour page of 600 dpi is 104 MB. */
  readonly unpackedPerPage: number
  readonly tool: ChildLimits
}

/** A3 with five millimetres of grace; 500 pages; 256 MiB. */
export const defaultPdfLimits: PdfLimits = {
  bytes: 256 * 1024 * 1024,
  pages: 500,
  page: [1205, 856],
  unpackedPerPage: 128 * 1024 * 1024,
  tool: { memoryMiB: 512, cpuSeconds: 20, timeoutMs: 30_000, outputBytes: 1024 * 1024 },
}

/** The size of one page in points as it is to be read, and by how much a reader turns it (`/Rotate`). */
export interface PdfPageSize {
  readonly width: number
  readonly height: number
  readonly rotate: number
}

/** What passed the gate. */
export interface CheckedPdf {
  readonly pages: number
  readonly sizes: readonly PdfPageSize[]
}

/**
 * The gate for every PDF from outside. Two programs of different making must agree on it, each in a child with
 * limits, before anything of it is rendered or printed.
 * @throws DocumentError `too-large`, `damaged`, `encrypted`, `too-many-pages`, `page-too-large`, `bomb`
 */
export const checkPdf = async (file: string, limits: PdfLimits, signal: AbortSignal): Promise<CheckedPdf> => {
  const { size } = await stat(file)
  if (size > limits.bytes) throw new DocumentError('too-large', `The file is over ${limits.bytes} bytes`)
  await checkEnds(file, size)
  // qpdf: 0 is encrypted, 2 is not (or unreadable, which the count then says); 3 is a warning.
  if ((await run('qpdf', ['--is-encrypted', file], limits.tool, signal)).status === 0) {
    throw new DocumentError('encrypted', 'The PDF is encrypted')
  }
  const pages = await countPages(file, limits, signal)
  const sizes = await pageSizes(file, pages, limits, signal)
  await checkUnpacked(file, pages, limits, signal)
  return { pages, sizes }
}

/** ISO 32000-1 7.5.2 and 7.5.5 with the 1024 bytes of grace that readers give: a file cut short lacks its end. */
const checkEnds = async (file: string, size: number) => {
  const grace = 1024
  const handle = await open(file)
  try {
    const head = await handle.read(Buffer.alloc(grace), 0, grace, 0)
    const tail = await handle.read(Buffer.alloc(grace), 0, grace, Math.max(0, size - grace))
    if (!head.buffer.includes('%PDF-') || !tail.buffer.includes('%%EOF')) {
      throw new DocumentError('damaged', 'The file is no PDF, or is cut short')
    }
  } finally {
    await handle.close()
  }
}

const run = async (program: string, argv: readonly string[], limits: ChildLimits, signal: AbortSignal) => {
  const outcome = await runLimited(program, argv, limits, signal)
  checkLimits(program, outcome)
  return outcome
}

const checkLimits = (program: string, outcome: Pick<ChildOutcome, 'limit' | 'errors'>) => {
  if (outcome.limit !== undefined || /bad_alloc|out of memory/i.test(outcome.errors)) {
    throw new DocumentError('bomb', `${program} came to its limit (${outcome.limit ?? 'memory'})`)
  }
}

const countPages = async (file: string, limits: PdfLimits, signal: AbortSignal): Promise<number> => {
  const counted = await run('qpdf', ['--show-npages', file], limits.tool, signal)
  if (counted.status !== 0 && counted.status !== 3) {
    if (/password/i.test(counted.errors)) throw new DocumentError('encrypted', 'The PDF is encrypted')
    throw new DocumentError('damaged', 'The PDF cannot be read')
  }
  const pages = Number(counted.output.toString('latin1').trim())
  if (!Number.isSafeInteger(pages) || pages < 1) throw new DocumentError('damaged', 'The PDF has no pages')
  if (pages > limits.pages) throw new DocumentError('too-many-pages', `The PDF has ${pages} pages`)
  return pages
}

const pageSizes = async (
  file: string,
  pages: number,
  limits: PdfLimits,
  signal: AbortSignal,
): Promise<PdfPageSize[]> => {
  const info = await run('pdfinfo', ['-box', '-f', '1', '-l', String(pages), file], limits.tool, signal)
  const text = info.output.toString('latin1')
  if (info.status !== 0 || Number(/^Pages:\s+(\d+)$/m.exec(text)?.[1]) !== pages) {
    throw new DocumentError('damaged', 'Two readers disagree on the PDF')
  }
  const [longer, shorter] = limits.page
  for (const [, left, bottom, right, top] of text.matchAll(
    /^Page +\d+ MediaBox: +(-?[\d.]+) +(-?[\d.]+) +(-?[\d.]+) +(-?[\d.]+)$/gm,
  )) {
    const sides = [Number(right) - Number(left), Number(top) - Number(bottom)].map(Math.abs)
    if (!(Math.max(...sides) <= longer && Math.min(...sides) <= shorter)) {
      throw new DocumentError('page-too-large', 'A page of the PDF is larger than A3')
    }
  }
  const rotations = [...text.matchAll(/^Page +\d+ rot: +(\d+)$/gm)].map(([, rotate]) => Number(rotate))
  const sizes = [...text.matchAll(/^Page +\d+ size: +([\d.]+) x ([\d.]+) pts/gm)].map(
    ([, width, height], index) => ({
      width: Number(width),
      height: Number(height),
      rotate: rotations[index] ?? 0,
    }),
  )
  const boxes = text.match(/^Page +\d+ MediaBox:/gm)?.length
  if (sizes.length !== pages || boxes !== pages || sizes.some(({ width, height }) => !(width * height > 0))) {
    throw new DocumentError('damaged', 'A page of the PDF has no size')
  }
  return sizes
}

/** Unpacks every stream except photographs into a counter that stops at the limit. */
const checkUnpacked = async (file: string, pages: number, limits: PdfLimits, signal: AbortSignal) => {
  const child = startLimited(
    'qpdf',
    ['--stream-data=uncompress', '--decode-level=generalized', '--object-streams=disable', file, '-'],
    { ...limits.tool, outputBytes: limits.bytes + limits.unpackedPerPage * pages },
    signal,
  )
  child.output.resume()
  const outcome = await child.ended
  checkLimits('qpdf', outcome)
  if (outcome.status !== 0 && outcome.status !== 3) {
    throw new DocumentError('damaged', 'The PDF cannot be unpacked')
  }
}
