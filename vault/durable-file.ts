import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { flushFolder } from './sealed-file.ts'

/**
 * Writes a whole file for its owner alone, so that a power cut leaves either the old one or the new one, and the new
 * one once this resolves.
 */
export const writeWhole = async (path: string, text: string): Promise<void> => {
  const part = `${path}.part`
  const file = await open(part, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(part, path)
  await flushFolder(dirname(path))
}

/** Whether what was thrown says that there is no such file or folder, and nothing else. */
export const isMissing = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT'

/** The text of a file; `undefined` when there is none. */
export const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8')
  } catch (thrown) {
    if (isMissing(thrown)) return undefined
    throw thrown
  }
}
