import { open, readFile, rename } from 'node:fs/promises'

/** Writes a whole file for its owner alone, so that a power cut leaves either the old one or the new one. */
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
}

/** The text of a file; `undefined` when there is none. */
export const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8')
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
    throw thrown
  }
}
