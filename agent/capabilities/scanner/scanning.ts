import { setImmediate as soon } from 'node:timers/promises'
import { toCommandError } from '../../../documents/command-error.ts'
import { DocumentError } from '../../../documents/document-error.ts'
import type { FinishedPage, PageJob } from '../../../documents/page.ts'
import { type PageBand, type PageWorkOptions, startPageWork } from '../../../documents/page-worker.ts'
import { CommandError } from '../../../protocol/errors.ts'
import type { PageScan, ScanDriver, ScanJob } from './driver.ts'

/** What is done with a scan while it runs; pages are counted from 1. */
export interface ScanWatch {
  /** A page begins. */
  began(page: number): void
  /** Some rows of it can be seen. */
  band(page: number, band: PageBand): void
  /** It is complete and finished; called for one page after the other. When it rejects, the scan ends. */
  finished(page: number, finished: FinishedPage): Promise<void>
}

/** Scanning by the scanner's rules, for its own commands and for the copier. */
export interface Scanning {
  /**
   * Scans all pages and finishes each while the next one comes. Resolves when the last one was taken. When the
   * device fails in the middle, the pages before are finished and taken first. Throws `CommandError`.
   */
  scan(job: ScanJob, pages: PageJob, watch: ScanWatch, signal: AbortSignal): Promise<void>
}

/** More than any feeder holds, and than an answer may list. */
const usualMostPages = 500

/** How the program for image work is started, where that is not as usual. */
export type PageWorker = Pick<PageWorkOptions, 'entry' | 'compileCacheDir'>

/** Scanning with this driver. */
export const createScanning = (
  driver: ScanDriver,
  pageWorker: PageWorker = {},
  mostPages = usualMostPages,
): Scanning => ({
  scan: async (job, pages, watch, signal) => {
    const failed = new AbortController()
    const either = AbortSignal.any([signal, failed.signal])
    // It comes up while the lamp warms; the scanner's own process, which everyone waits for, begins before it.
    const work = soon().then(() => startPageWork({ ...pages, ...pageWorker, signal: either }))
    const stop = () => work.then((worker) => worker.stop()).catch(() => undefined)
    // INVARIANT: a page is taken once, after the one before it, and only when it is complete.
    let taken: Promise<void> = Promise.resolve()
    try {
      let page = 0
      const scanned = forEachPage(driver.scan(job, either), async ({ format, rows }) => {
        page += 1
        if (page > mostPages) throw new CommandError('refused', `More than ${mostPages} pages in one scan`)
        const number = page
        watch.began(number)
        const { finished } = await (await work).feed(format, rows, (band) => watch.band(number, band))
        await taken
        taken = finished.then((done) => watch.finished(number, done))
        taken.catch((thrown) => failed.abort(thrown))
        // Nothing that ends or begins may slow the taking of a last page, for which someone waits: the device is given
        // back after it, the worker goes after it. A feeder may have a next page and is asked at once.
        if (job.source === 'flatbed') await taken
      })
      await scanned.finally(() => taken)
      if (page === 0) throw new CommandError('no-document', 'The scanner gave no page')
    } catch (thrown) {
      signal.throwIfAborted()
      throw toScanError(thrown)
    } finally {
      await stop()
    }
  },
})

const forEachPage = async (pages: AsyncIterable<PageScan>, use: (page: PageScan) => Promise<void>) => {
  for await (const page of pages) await use(page)
}

const toScanError = (thrown: unknown): unknown =>
  thrown instanceof DocumentError && thrown.kind === 'damaged'
    ? new CommandError('truncated', 'The page came without some of its rows', { cause: thrown })
    : toCommandError(thrown)
