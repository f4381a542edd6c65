import { randomBytes } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SealError } from './seal-error.ts'
import { flushFolder } from './sealed-file.ts'

const keyBytes = 32

const read = async (path: string): Promise<Uint8Array | undefined> => {
  try {
    const key = await readFile(path)
    if (key.length !== keyBytes) throw new SealError('bad-key', 'The key file does not hold 32 bytes')
    return key
  } catch (thrown) {
    const error = SealError.from(thrown)
    if (error.fault === 'missing') return undefined
    throw error
  }
}

/**
 * The key of 32 bytes in this file; made at random (0600, flushed) when the file is missing. Two processes that begin
 * at the same moment get the same key. Throws `SealError`: a damaged key is never replaced, files hang on it.
 */
export const loadKey = async (path: string): Promise<Uint8Array> => {
  const known = await read(path)
  if (known) return known
  const part = `${path}.${randomBytes(6).toString('hex')}.part`
  try {
    const file = await open(part, 'wx', 0o600)
    try {
      await file.writeFile(randomBytes(keyBytes))
      await file.sync()
    } finally {
      await file.close()
    }
    await link(part, path).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'EEXIST') throw thrown
    })
    await flushFolder(dirname(path))
  } catch (thrown) {
    throw SealError.from(thrown)
  } finally {
    await rm(part, { force: true })
  }
  const made = await read(path)
  if (!made) throw new SealError('io', 'The key file went away')
  return made
}
