import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

const mostPrinters = 32
const mostBytes = 16 * 1024

const read = async (file: string): Promise<ReadonlyMap<string, string>> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  if (text.length > mostBytes) throw new RangeError('The file of printer keys is too large')
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null)
    throw new TypeError('The file of printer keys is no object')
  return new Map(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/**
 * Printers sign their certificates themselves, so a printer's key is trusted on first use and kept in `file` from then
 * on: another key at the same address is refused until somebody who stands before the printer removes the file. A
 * file that cannot be read or written rejects; nothing is trusted then.
 */
export const trustOnFirstUse = (file: string, uri: string) => {
  const place = new URL(uri).host
  return async (key: string): Promise<boolean> => {
    const known = await read(file)
    const expected = known.get(place)
    if (expected !== undefined) return expected === key
    if (known.size >= mostPrinters) return false
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFile(`${file}.new`, JSON.stringify(Object.fromEntries([...known, [place, key]])), {
      mode: 0o600,
    })
    await rename(`${file}.new`, file)
    return true
  }
}
