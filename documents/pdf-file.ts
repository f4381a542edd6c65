import { createWriteStream } from 'node:fs'
import { PdfWriter } from './pdf-writer.ts'

/** Writes a PDF to a file that only this user reads: `fill` hands in the pages. Rejects with what `fill` or the disk threw. */
export const writePdfFile = async (
  path: string,
  fill: (writer: PdfWriter) => Promise<void>,
): Promise<void> => {
  const file = createWriteStream(path, { mode: 0o600 })
  // The write that fails tells of it; an event that nobody hears would end the process.
  file.on('error', () => undefined)
  try {
    const writer = new PdfWriter(file)
    await fill(writer)
    await writer.end()
  } finally {
    file.destroy()
  }
}
