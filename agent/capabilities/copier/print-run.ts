import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createPdfStream, type PdfPage } from '../../../documents/pdf-stream.ts'

/** Takes the pages of a copy and brings them to paper. */
export interface PrintRun {
  /** Resolves when the page is kept for printing. */
  add(page: PdfPage): Promise<void>
  /** No page follows; resolves to the sides printed when all are out. Rejects as printing did. */
  end(): Promise<number>
  /** The scan failed; resolves when what can still be printed is out, whatever came of it. */
  abandon(): Promise<void>
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
    end: async () => {
      await printed
      return impressions
    },
    // As on any copier, pages that were scanned before the fault come out.
    abandon: () => printed.catch(() => undefined),
  }
}

/** Gathers the pages in one PDF and prints it at the end: for several copies, and for both sides of the paper. */
export const allAtOnce = (folder: string, print: Print): PrintRun => {
  const file = join(folder, 'copy.pdf')
  const pdf = beginPdf(file)
  return {
    add: pdf.add,
    end: async () => {
      await pdf.end()
      return (await print(file)).impressions
    },
    abandon: pdf.abandon,
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
