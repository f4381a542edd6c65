import { createWriteStream } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { type ImageMediaType, toPdfImage } from '../../documents/pdf-image.ts'
import { PdfWriter } from '../../documents/pdf-writer.ts'
import type { ScannedPage } from '../../protocol/capabilities/scanner.ts'
import type { ArtefactShelf } from '../api/ports.ts'
import type { Composition } from '../api/schemas.ts'
import type { Commands } from '../commands/commands.ts'
import { ProblemError } from '../problem.ts'
import type { ArtefactRow } from '../store/schema.ts'

const images: ReadonlySet<string> = new Set<ImageMediaType>(['image/jpeg', 'image/png', 'image/tiff'])
const isImage = (mediaType: string): mediaType is ImageMediaType => images.has(mediaType)

/** The largest page image that is taken into a document, in bytes. */
const maxPageBytes = 64 * 1024 * 1024

/** A page of unknown origin is taken to have been scanned at this resolution. */
const usualDpi = 300

/** Binds scanned pages that the fleet holds into one PDF, one page in memory at a time. */
export const createComposer =
  (shelf: Pick<ArtefactShelf, 'find' | 'read'>, commands: Pick<Commands, 'get'>) =>
  async (composition: Composition, out: string, signal: AbortSignal): Promise<void> => {
    const writer = new PdfWriter(createWriteStream(out, { mode: 0o600 }))
    const scans = new Map<string, readonly ScannedPage[]>()
    const dpiOf = async ({ id, command }: ArtefactRow): Promise<number> => {
      if (command === null) return usualDpi
      const pages = scans.get(command) ?? (await commands.get(command))?.pages ?? []
      scans.set(command, pages)
      return pages.find(({ artefact }) => artefact === id)?.dpi ?? usualDpi
    }
    for (const { artefact, rotate } of composition.pages) {
      signal.throwIfAborted()
      const row = await shelf.find(artefact)
      if (!row) throw new ProblemError('not-found', `There is no page ${artefact}`)
      if (!isImage(row.media_type))
        throw new ProblemError('invalid', 'Only scanned pages can be put together')
      if (row.bytes > maxPageBytes) throw new ProblemError('document-too-large', 'A page is too large')
      const image = toPdfImage(await buffer(await shelf.read(row, 'original')), row.media_type)
      if (!image) throw new ProblemError('invalid', 'A page is of a kind that a PDF cannot carry')
      await writer.page(image, { dpi: await dpiOf(row), rotate: rotate ?? 0 })
    }
    await writer.end()
  }
