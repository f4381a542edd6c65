import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DocumentError } from '../../documents/document-error.ts'
import { checkPdf, defaultPdfLimits } from '../../documents/gate.ts'
import { wrapImage } from '../../documents/image-page.ts'
import { maxArtefactBytes } from '../../protocol/door.ts'
import type { DocumentDesk } from '../api/ports.ts'
import type { Composition } from '../api/schemas.ts'
import { ProblemError } from '../problem.ts'
import type { ArtefactRow } from '../store/schema.ts'
import { Turns } from '../turns.ts'
import { previewOfPdf } from './preview.ts'
import { problemOfDocument } from './problems.ts'

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

/** Where documents of people come in. Nothing is kept that two readers did not find sound. */
export class Desk implements DocumentDesk {
  readonly #parts: DeskParts
  readonly #turns = new Turns()
  readonly #stopping = new AbortController()
  #next = 0

  constructor(parts: DeskParts) {
    this.#parts = parts
  }

  async start(): Promise<void> {
    await rm(this.#parts.folder, { recursive: true, force: true })
    await mkdir(this.#parts.folder, { recursive: true, mode: 0o700 })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#turns.idle()
  }

  receive(bytes: Readable, mediaType: string, owner?: string): Promise<ArtefactRow> {
    return this.#atADesk(patienceMs, async (folder, signal) => {
      const file = join(folder, 'document')
      await pipeline(bytes, bounded(maxArtefactBytes), createWriteStream(file, { mode: 0o600 }), { signal })
      return this.#keep({ file, mediaType, owner }, folder, signal)
    })
  }

  compose(composition: Composition, owner?: string): Promise<ArtefactRow> {
    const read = composition.searchable ? composition.pages.length : 0
    return this.#atADesk(patienceMs + read * patienceOfAPageMs, async (folder, signal) => {
      const file = join(folder, 'document')
      await this.#parts.write(composition, file, signal)
      return this.#keep({ file, mediaType: 'application/pdf', owner }, folder, signal)
    })
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

  async #atADesk(
    patience: number,
    work: (folder: string, signal: AbortSignal) => Promise<ArtefactRow>,
  ): Promise<ArtefactRow> {
    const folder = await mkdtemp(join(this.#parts.folder, 'desk-'))
    this.#next += 1
    try {
      return await this.#turns.take(String(this.#next % desks), () =>
        work(folder, AbortSignal.any([AbortSignal.timeout(patience), this.#stopping.signal])),
      )
    } catch (error) {
      if (error instanceof DocumentError) throw problemOfDocument(error)
      throw error
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

const bounded = (most: number): Transform => {
  let bytes = 0
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      bytes += piece.length
      if (bytes > most) done(new ProblemError('too-large', `A document has at most ${most} bytes`))
      else done(null, piece)
    },
  })
}
