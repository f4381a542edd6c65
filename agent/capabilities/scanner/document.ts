import { createPdfStream, type PdfPage } from '../../../documents/pdf-stream.ts'
import { maxArtefactBytes } from '../../../protocol/door.ts'
import { CommandError } from '../../../protocol/errors.ts'
import type { Artefacts } from '../../artefacts/artefacts.ts'

/** The PDF of a scan while its pages come. */
export interface ScanDocument {
  /**
   * Puts a page behind the others; rejects when the document cannot be kept. A page with which it would be larger than
   * a file may be ends the document, not the scan.
   */
  add(page: PdfPage): Promise<void>
  /** Resolves to its id as an artefact; `undefined` when it would be too large. */
  end(): Promise<string | undefined>
  /** Keeps nothing of it. */
  abandon(): Promise<void>
}

/** More than a PDF needs for a page beside its picture, and for what binds the pages, in bytes. */
const structureBytes = 1024

/** Begins a PDF that is sealed on the terminal's disk while it grows: it is never whole in memory. */
export const beginDocument = (
  command: string,
  artefacts: Pick<Artefacts, 'keep'>,
  mostBytes = maxArtefactBytes,
): ScanDocument => {
  const pdf = createPdfStream()
  const kept = artefacts.keep({
    kind: 'document',
    mediaType: 'application/pdf',
    command,
    bytes: pdf.bytes,
  })
  let bytes = structureBytes
  let lost: unknown
  // A file that cannot be kept breaks the stream, and so the next page tells of it.
  kept.catch((reason) => {
    lost = reason
    pdf.abandon(reason)
  })
  const orWhyNot = (work: Promise<void>) =>
    work.catch((cause) => {
      throw lost ?? cause
    })
  const abandon = async (): Promise<void> => {
    pdf.abandon(new CommandError('cancelled', 'The document did not come to its end'))
    await kept.catch(() => undefined)
  }
  return {
    add: async (page) => {
      bytes += page.bytes.length + structureBytes
      await (bytes > mostBytes ? abandon() : orWhyNot(pdf.add(page)))
    },
    end: async () => {
      if (bytes > mostBytes) return undefined
      await orWhyNot(pdf.end())
      return kept
    },
    abandon,
  }
}
