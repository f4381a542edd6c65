import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createPdfStream, type PdfPage } from '../../../documents/pdf-stream.ts'

/** What came of printing: the sides that are out, and what ended it before the last one. */
export interface Printed {
  readonly impressions: number
  readonly fault?: unknown
}

/** Takes the pages of a copy and brings them to paper. */
export interface PrintRun {
  /** Resolves when the page is kept for printing. */
  add(page: PdfPage): Promise<void>
  /** No page follows; resolves when all are out, or none will be any more. */
  end(): Promise<Printed>
  /** The scan failed; resolves when what can still be printed is out. */
  abandon(): Promise<Printed>
}

/** Prints one PDF and resolves to the sides printed. */
type Print = (file: string) => Promise<{ readonly impressions: number }>

/**
 * Prints each page as a job of its own while the next one is scanned: for one copy on one side of the paper.
 * `failed` is called at once when a page cannot be printed.
 */
export const pageByPage = (folder: string, print: Print, failed: (reason: unknown) => void): PrintRun => {
  let pages = 0
  let impressions = 0
  let printed: Promise<void> = Promise.resolve()
  const end = (): Promise<Printed> =>
    printed.then(
      () => ({ impressions }),
      (fault: unknown) => ({ impressions, fault }),
    )
  return {
    add: async (page) => {
      pages += 1
      const file = join(folder, `${pages}.pdf`)
      const pdf = beginPdf(file)
      await pdf.add(page)
      await pdf.end()
      printed = printed.then(async () => {
        impressions += (await print(file)).impressions
        await rm(file, { force: true })
      })
      printed.catch(failed)
    },
    end,
    // As on any copier, pages that were scanned before the fault come out.
    abandon: end,
  }
}

/** Gathers the pages in one PDF and prints it at the end: for several copies, and for both sides of the paper. */
export const allAtOnce = (folder: string, print: Print): PrintRun => {
  const file = join(folder, 'copy.pdf')
  const pdf = beginPdf(file)
  return {
    add: pdf.add,
    end: async () => {
      try {
        await pdf.end()
        return { impressions: (await print(file)).impressions }
      } catch (fault) {
        return { impressions: 0, fault }
      }
    },
    abandon: async () => {
      await pdf.abandon()
      return { impressions: 0 }
    },
  }
}

/** A PDF that grows in a file. */
const beginPdf = (file: string) => {
  const pdf = createPdfStream()
  const written = pipeline(pdf.bytes, createWriteStream(file, { mode: 0o600 }))
  written.catch(pdf.abandon)
  return {
    add: pdf.add,
    end: async () => {
      await pdf.end()
      await written
    },
    abandon: async () => {
      pdf.abandon(new Error('The copy did not come to its end'))
      await written.catch(() => undefined)
    },
  }
}
