import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { DocumentError } from '../../documents/document-error.ts'
import { checkPdf, defaultPdfLimits } from '../../documents/gate.ts'
import { wrapImage } from '../../documents/image-page.ts'
import type { DocumentDesk } from '../api/ports.ts'
import type { Composition } from '../api/schemas.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { ArtefactRow } from '../store/schema.ts'
import { previewOfPdf } from './preview.ts'
import { problemOfDocument } from './problems.ts'
import { Semaphore } from './semaphore.ts'
import { receiveFile } from './upload.ts'

/** A document that passed the desk, as a private file that the desk wipes afterwards. */
export interface CheckedDocument {
  readonly file: string
  readonly mediaType: string
  readonly pages: number
  readonly preview: Uint8Array
  /** Who brought or composed it. */
  readonly owner?: string
}

export interface DeskParts {
  /** A folder for files that are being checked; what a crash left there is wiped at the start. */
  readonly folder: string
  readonly clock: Clock
  /** Seals a document and gives it an id. */
  keep(document: CheckedDocument): Promise<ArtefactRow>
  /** The program of the child that decodes pictures, in a bundle. */
  readonly pageWorker?: URL | undefined
  /** Writes the PDF of these pages. Throws `ProblemError` for pages that are not there. */
  write(composition: Composition, out: string, signal: AbortSignal): Promise<void>
}

/** How long the check of one document may take in all, in milliseconds. */
const patienceMs = 120_000

/** How long more for each page that is to be read as text. */
const patienceOfAPageMs = 20_000

/** How many documents are checked at the same time; the others wait. */
const desks = 2

/** How many files lie unsealed at the same time, on their way or before their check, so that they fill no disk. */
const mostFiles = 16

/** Where documents of people come in. Nothing is kept that two readers did not find sound. */
export class Desk implements DocumentDesk {
  readonly #parts: DeskParts
  readonly #desks = new Semaphore(desks)
  readonly #work = new Set<Promise<unknown>>()
  readonly #stopping = new AbortController()
  #files = 0

  constructor(parts: DeskParts) {
    this.#parts = parts
  }

  async start(): Promise<void> {
    await rm(this.#parts.folder, { recursive: true, force: true })
    await mkdir(this.#parts.folder, { recursive: true, mode: 0o700 })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.allSettled(this.#work)
  }

  async receive(bytes: Readable, mediaType: string, owner?: string): Promise<ArtefactRow> {
    if (this.#files >= mostFiles) {
      throw new ProblemError('rate-limited', 'Too many documents come in', { retryAfterMs: 60_000 })
    }
    this.#files += 1
    try {
      return await this.#inAFolder(async (folder) => {
        const file = join(folder, 'document')
        // A desk is taken when all is here: the line of one who sends is nothing to wait for.
        await receiveFile(bytes, file, this.#parts.clock, this.#stopping.signal)
        return this.#atADesk(patienceMs, (signal) => this.#keep({ file, mediaType, owner }, folder, signal))
      })
    } finally {
      this.#files -= 1
    }
  }

  compose(composition: Composition, owner?: string): Promise<ArtefactRow> {
    const read = composition.searchable ? composition.pages.length : 0
    return this.#inAFolder((folder) =>
      this.#atADesk(patienceMs + read * patienceOfAPageMs, async (signal) => {
        const file = join(folder, 'document')
        await this.#parts.write(composition, file, signal)
        return this.#keep({ file, mediaType: 'application/pdf', owner }, folder, signal)
      }),
    )
  }

  async #keep(
    {
      file,
      mediaType,
      owner,
    }: { readonly file: string; readonly mediaType: string; readonly owner: string | undefined },
    folder: string,
    signal: AbortSignal,
  ): Promise<ArtefactRow> {
    const isImage = mediaType === 'image/jpeg' || mediaType === 'image/png'
    const pdf = isImage ? await wrapImage(file, mediaType, folder, signal, this.#parts.pageWorker) : file
    const { pages } = await checkPdf(pdf, defaultPdfLimits, signal)
    const preview = await previewOfPdf(pdf, signal)
    return this.#parts.keep({ file, mediaType, pages, preview, ...(owner === undefined ? {} : { owner }) })
  }

  #atADesk(patience: number, work: (signal: AbortSignal) => Promise<ArtefactRow>): Promise<ArtefactRow> {
    return this.#desks.take(async () => {
      const late = new AbortController()
      const stop = this.#parts.clock.every(patience, () => late.abort())
      try {
        return await work(AbortSignal.any([late.signal, this.#stopping.signal]))
      } catch (error) {
        if (error instanceof DocumentError) throw problemOfDocument(error)
        if (!late.signal.aborted) throw error
        throw new ProblemError('document-too-large', 'The document takes too long', { cause: error })
      } finally {
        stop()
      }
    })
  }

  /** Work on files that are wiped when it is over. */
  async #inAFolder(act: (folder: string) => Promise<ArtefactRow>): Promise<ArtefactRow> {
    const folder = await mkdtemp(join(this.#parts.folder, 'desk-'))
    const work = act(folder)
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted) throw error
        throw new ProblemError('unavailable', 'The fleet stops', { cause: error })
      })
      .finally(() => rm(folder, { recursive: true, force: true }))
    this.#work.add(work)
    return work.finally(() => this.#work.delete(work))
  }
}
