import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { PrinterDescription } from '../../../protocol/capabilities/printer.ts'
import { type Configuration, defaultConfiguration } from '../../../protocol/configuration.ts'
import { CommandError } from '../../../protocol/errors.ts'
import type { CapabilityReport, Progress } from '../../../protocol/messages.ts'
import type { Artefacts } from '../../artefacts/artefacts.ts'
import type { Capability } from '../../capability.ts'
import type { JobStatus, PrintDriver, PrintJob } from './driver.ts'
import { countPages, mergePageRanges, parsePageRanges } from './page-ranges.ts'
import { isPrintable, type PrintableType, type Printing, type PrintPreparation } from './printing.ts'
import { causeOf } from './state-reason.ts'

/** What the printer's rules work with. */
export interface PrinterParts {
  readonly driver: PrintDriver
  readonly artefacts: Pick<Artefacts, 'fetch'>
  readonly preparation: PrintPreparation
  /** A private folder for converted documents; each is wiped after its job. */
  readonly folder: string
  /** What a print is that does not say it; the default unless told. */
  readonly wishes?: () => Configuration['print']
}

/** The printer of a terminal, and its printing for the copier to use. */
export const printerCapability = (
  parts: PrinterParts,
): Capability<'printer'> & { readonly printing: Printing } => {
  const printing = createPrinting(parts)
  return {
    name: 'printer',
    printing,
    handlers: {
      'printer.describe': (_input, { signal }) => printing.describe(signal),
      'printer.print': async ({ document, ...options }, context) => {
        context.progress({ step: 'fetching' })
        const fetched = await parts.artefacts.fetch(document, context.signal)
        try {
          return await printing.print(fetched.file, fetched.mediaType, options, context)
        } finally {
          await fetched.release()
        }
      },
    },
    start: async () => undefined,
    stop: async () => undefined,
    report: (signal) => reportOn(parts.driver, signal),
  }
}

const createPrinting = ({
  driver,
  preparation,
  folder,
  wishes = () => defaultConfiguration.print,
}: PrinterParts): Printing => ({
  describe: (signal) => driver.describe(signal),

  async print(file, mediaType, options, context) {
    const { signal } = context
    if (!isPrintable(mediaType)) throw new CommandError('unsupported', 'Only PDF, JPEG and PNG are printed')
    const { pages } =
      mediaType === 'application/pdf' ? await preparation.checkPdf(file, signal) : { pages: 1 }
    const ranges = mergePageRanges(parsePageRanges(options.pages, pages))
    const copies = options.copies ?? 1
    const printer = await driver.describe(signal)
    const wished = wishes()
    const job: PrintJob & { readonly mediaType: PrintableType } = {
      file,
      mediaType,
      name: `Avyl ${context.id}`,
      copies,
      // What nobody asked for is no reason to refuse.
      duplex: options.duplex ?? (printer.duplex ? wished.duplex : 'none'),
      ranges,
      colour: (options.colour ?? wished.colour) && printer.colour,
    }
    const sides = countPages(ranges, pages) * copies
    const run = async (ready: PrintJob) => {
      const watch = (status: JobStatus): void => context.progress(progressOf(status, sides))
      const { job: id, impressions } = await driver.print(ready, signal, watch, () => context.effectBegins())
      // A printer that does not count has still ended the job well.
      return { job: id, impressions: impressions > 0 ? impressions : sides }
    }
    if (printer.formats.includes(mediaType)) return run(job)
    context.progress({ step: 'converting' })
    return withRaster(job, printer, { preparation, folder }, signal, run)
  },
})

/** Draws the document as PWG raster for a printer that lacks its format, and wipes it after the job. */
const withRaster = async <T>(
  job: PrintJob & { readonly mediaType: PrintableType },
  printer: PrinterDescription,
  { preparation, folder }: Pick<PrinterParts, 'preparation' | 'folder'>,
  signal: AbortSignal,
  run: (job: PrintJob) => Promise<T>,
): Promise<T> => {
  if (!printer.formats.includes('image/pwg-raster')) {
    throw new CommandError('unsupported', `The printer takes neither ${job.mediaType} nor raster`)
  }
  const { mediaType, colour, ranges, duplex } = job
  const scratch = await mkdtemp(join(folder, 'print-'))
  try {
    const out = join(scratch, 'document.pwg')
    const request = { mediaType, dpi: rasterDpi(printer.dpi), colour, ranges, duplex, out }
    await preparation.rasterise(job.file, request, signal)
    return await run({ ...job, file: out, mediaType: 'image/pwg-raster', ranges: [] })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** 300 dpi serves text and pictures; else the finest that is not finer than 600, which fits every memory. */
const rasterDpi = (supported: readonly number[]): number =>
  supported.includes(300) ? 300 : (supported.findLast((dpi) => dpi <= 600) ?? supported[0] ?? 300)

const progressOf = (status: JobStatus, sides: number): Progress => {
  const reasons = status.reasons.filter(({ severity }) => severity !== 'report').map(({ reason }) => reason)
  const complaints = reasons.length > 0 ? { reasons: reasons.slice(0, 20) } : {}
  if (status.job === 0) return { step: 'waiting', ...complaints }
  const done = Math.min(status.impressions, sides)
  return {
    step: 'printing',
    percent: status.state === 'completed' ? 100 : Math.round((100 * done) / sides),
    ...(done > 0 ? { page: done } : {}),
    of: sides,
    ...complaints,
  }
}

const reportOn = async (driver: PrintDriver, signal: AbortSignal): Promise<CapabilityReport> => {
  try {
    const printer = await driver.describe(signal)
    const ok = printer.state !== 'stopped' && causeOf(printer.reasons) === undefined
    const reasons = printer.reasons.map(({ reason }) => reason).join(', ')
    return { present: true, ok, ...(reasons === '' ? {} : { detail: reasons.slice(0, 200) }), printer }
  } catch (thrown) {
    const error = CommandError.from(thrown)
    return { present: error.code !== 'device-absent', ok: false, detail: error.message.slice(0, 200) }
  }
}
