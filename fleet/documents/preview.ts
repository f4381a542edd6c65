import { DocumentError } from '../../documents/document-error.ts'
import { type ChildLimits, runLimited } from '../../documents/limited-child.ts'

const limits: ChildLimits = {
  memoryMiB: 768,
  cpuSeconds: 20,
  timeoutMs: 30_000,
  outputBytes: 4 * 1024 * 1024,
}

/** The longer side of a preview, in pixels. */
const side = 800

/**
 * A small JPEG of the first page, drawn by poppler in a limited child. The PDF has passed the gate.
 * @throws DocumentError `damaged` when it cannot be drawn
 */
export const previewOfPdf = async (file: string, signal: AbortSignal): Promise<Uint8Array> => {
  const argv = ['-jpeg', '-f', '1', '-l', '1', '-singlefile', '-scale-to', String(side), file]
  const { status, limit, output } = await runLimited('pdftoppm', argv, limits, signal)
  if (limit !== undefined) throw new DocumentError('bomb', 'The first page takes too much to draw')
  if (status !== 0 || output.length === 0)
    throw new DocumentError('damaged', 'The first page cannot be drawn')
  return output
}
