import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { DocumentError } from './document-error.ts'
import { type ChildLimits, runLimited } from './limited-child.ts'

/** An upright page image on the disk. */
export interface UprightPage {
  readonly file: string
  readonly dpi: number
}

/** One page takes about five seconds; a page full of noise takes several times that. */
const limits: ChildLimits = {
  memoryMiB: 1536,
  cpuSeconds: 120,
  timeoutMs: 240_000,
  outputBytes: 1024 * 1024,
}

/** Knows Russian and Tatar letters alike; Debian's `tat` model is for Latin script. */
const model = 'Cyrillic'

/**
 * Makes one PDF of page images with an invisible layer of their text, so that it can be searched and copied from.
 * Recognition runs in limited children, one page after the other, in a folder of the caller.
 * @throws DocumentError `damaged` when a page cannot be read, `tool-missing` without tesseract
 */
export const recognise = async (
  pages: AsyncIterable<UprightPage>,
  out: string,
  folder: string,
  signal: AbortSignal,
): Promise<void> => {
  const layered: string[] = []
  for await (const { file, dpi } of pages) {
    const base = join(folder, `text-${layered.length + 1}`)
    const argv = [file, base, '-l', model, '--dpi', String(Math.round(dpi)), 'pdf']
    const read = await runLimited('tesseract', argv, limits, signal, { OMP_THREAD_LIMIT: '1' })
    if (read.status !== 0) {
      throw new DocumentError('damaged', 'The text of a page cannot be read', {
        cause: new Error(read.errors),
      })
    }
    layered.push(`${base}.pdf`)
  }
  const joined = join(folder, 'joined.pdf')
  const bound = await runLimited('qpdf', ['--empty', '--pages', ...layered, '--', joined], limits, signal)
  if (bound.status !== 0 && bound.status !== 3)
    throw new DocumentError('damaged', 'The pages cannot be joined')
  await rename(joined, out)
}
