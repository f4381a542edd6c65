import { execFile } from 'node:child_process'
import { copyFile, link, readFile, unlink } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'

/** A job that a simulated printer has received. */
export interface ReceivedJob {
  /** The printer's job-id; counts from 1 again after a restart. */
  readonly id: number
  /** The document as it came, kept under the printer's folder. */
  readonly file: string
  readonly mediaType: string
  readonly name: string
  readonly copies: number
  /** `sides`, `page-ranges` and `print-color-mode` as the printer prints them; empty where the job has none. */
  readonly sides: string
  readonly pageRanges: string
  readonly colourMode: string
}

const extensions: Record<string, string> = {
  'application/pdf': '.pdf',
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/pwg-raster': '.pwg',
  'image/urf': '.urf',
}

/** Keeps the document of one job as one file that appears complete, under a name that no other job has. */
export const keepDocument = async (
  spooled: string,
  folder: string,
  prefix: string,
  attributes: Readonly<Record<string, string>>,
): Promise<ReceivedJob> => {
  const id = Number(attributes.IPP_JOB_ID ?? 0)
  const mediaType = attributes.CONTENT_TYPE ?? 'application/octet-stream'
  const extension = extensions[mediaType] ?? (extname(spooled) || '.bin')
  const part = join(folder, `.${prefix}${id}.part`)
  await copyFile(spooled, part)
  const file = await linkUnderFreeName(part, join(folder, `${prefix}${id}`), extension)
  await unlink(part)
  return {
    id,
    file,
    mediaType,
    name: attributes.IPP_JOB_NAME ?? '',
    copies: Number(attributes.IPP_COPIES ?? 1),
    sides: attributes.IPP_SIDES ?? '',
    pageRanges: attributes.IPP_PAGE_RANGES ?? '',
    colourMode: attributes.IPP_PRINT_COLOR_MODE ?? '',
  }
}

const linkUnderFreeName = async (part: string, stem: string, extension: string): Promise<string> => {
  for (let run = 1; ; run++) {
    const file = `${stem}${run === 1 ? '' : `-${run}`}${extension}`
    try {
      await link(part, file)
      return file
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** How many sides a real printer would put out for this job. */
export const impressionsOf = async (job: ReceivedJob): Promise<number> => {
  const pages = await pagesOf(job)
  const ranges = job.pageRanges.split(',').filter((range) => range !== '')
  const wanted = (page: number): boolean =>
    ranges.length === 0 ||
    ranges.some((range) => {
      const [first, last = first] = range.split('-').map(Number)
      return page >= (first ?? 1) && page <= (last ?? page)
    })
  return Array.from({ length: pages }, (_, index) => index + 1).filter(wanted).length * job.copies
}

const pagesOf = async (job: ReceivedJob): Promise<number> => {
  if (job.mediaType === 'application/pdf') {
    const counted = await promisify(execFile)('qpdf', ['--show-npages', job.file]).catch(() => undefined)
    return Number(counted?.stdout ?? 1)
  }
  if (job.mediaType !== 'image/pwg-raster') return 1
  // PWG 5102.4: each page begins with a header whose first field is this name.
  const text = (await readFile(job.file)).toString('latin1')
  return Math.max(1, text.split('PwgRaster\0').length - 1)
}
