import { PassThrough, type Readable } from 'node:stream'
import { DocumentError } from './document-error.ts'
import { type ImageMediaType, toPdfImage } from './pdf-image.ts'
import { PdfWriter } from './pdf-writer.ts'

/** A page that goes into a PDF as it stands: a JPEG, or a TIFF of one G4 strip. */
export interface PdfPage {
  readonly bytes: Uint8Array
  readonly mediaType: ImageMediaType
  readonly dpi: number
}

/** A PDF that is read while its pages are still being added. */
export interface PdfStream {
  readonly bytes: Readable
  /** Resolves when the page is with the reader; rejects when the reader is gone. */
  add(page: PdfPage): Promise<void>
  end(): Promise<void>
  /** Breaks the stream off, so that the reader keeps nothing of it. */
  abandon(reason: Error): void
}

/** Begins a PDF whose reader decides how fast it may grow. */
export const createPdfStream = (): PdfStream => {
  const bytes = new PassThrough()
  // The writer learns of it by the write that fails.
  bytes.on('error', () => undefined)
  const writer = new PdfWriter(bytes)
  return {
    bytes,
    add: async (page) => {
      const image = toPdfImage(page.bytes, page.mediaType)
      if (image === undefined)
        throw new DocumentError('unsupported', 'A PDF cannot carry the page as it stands')
      await writer.page(image, { dpi: page.dpi })
    },
    end: () => writer.end(),
    abandon: (reason) => {
      bytes.destroy(reason)
    },
  }
}
