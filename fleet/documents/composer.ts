import { buffer } from 'node:stream/consumers'
import type { SourcePage } from '../../documents/compose.ts'
import type { ImageMediaType } from '../../documents/pdf-image.ts'
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
export const createComposer = (
  shelf: Pick<ArtefactShelf, 'find' | 'read'>,
  commands: Pick<Commands, 'get'>,
) => {
  const pageOf = async (artefact: string): Promise<ArtefactRow & { media_type: ImageMediaType }> => {
    const row = await shelf.find(artefact)
    if (!row) throw new ProblemError('not-found', `There is no page ${artefact}`)
    const { media_type } = row
    if (!isImage(media_type)) throw new ProblemError('invalid', 'Only scanned pages can be put together')
    if (row.bytes > maxPageBytes) throw new ProblemError('document-too-large', 'A page is too large')
    return { ...row, media_type }
  }

  const scans = async (rows: readonly ArtefactRow[]): Promise<ReadonlyMap<string, ScannedPage>> => {
    const ids = new Set(rows.flatMap(({ command }) => command ?? []))
    const made = await Promise.all([...ids].map((id) => commands.get(id)))
    return new Map(made.flatMap((command) => command?.pages ?? []).map((page) => [page.artefact, page]))
  }

  return async (composition: Composition, out: string, signal: AbortSignal): Promise<void> => {
    const rows = await Promise.all(composition.pages.map(({ artefact }) => pageOf(artefact)))
    const scanned = await scans(rows)
    const pages = rows.map(
      (row, index): SourcePage => ({
        read: async () => buffer(await shelf.read(row, 'original')),
        mediaType: row.media_type,
        dpi: scanned.get(row.id)?.dpi ?? usualDpi,
        rotate: composition.pages[index]?.rotate ?? 0,
      }),
    )
    // The library of pictures takes 8 MB: it is loaded with the first pages that are bound.
    const { composePdf } = await import('../../documents/compose.ts')
    await composePdf(pages, out, { searchable: composition.searchable ?? false, signal })
  }
}
