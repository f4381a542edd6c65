import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import {
  fileKey,
  headerBytes,
  magic,
  measure,
  openChunk,
  plainChunk,
  saltBytes,
  sealChunk,
  sealedChunk,
} from './chunks.ts'
import { SealError } from './seal-error.ts'

/** What was sealed: its plain size in bytes and the SHA-256 of its plain bytes in hexadecimal. */
export interface Sealed {
  readonly bytes: number
  readonly sha256: string
}

/** Makes a rename or a new name in this folder survive a power cut. */
export const flushFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder)
  await handle.sync().finally(() => handle.close())
}

/** Buffers that are written in one go: a chunk has three, so that about one MiB is held. */
const mostHeld = 48

const writeAll = async (file: FileHandle, buffers: readonly Uint8Array[]): Promise<void> => {
  const bytes = buffers.reduce((sum, { length }) => sum + length, 0)
  const { bytesWritten } = await file.writev(buffers)
  if (bytesWritten !== bytes) throw new SealError('io', 'The disk did not take the whole file')
}

const sealInto = async (
  file: FileHandle,
  source: Readable | Uint8Array,
  key: Uint8Array,
  maxBytes: number,
): Promise<Sealed> => {
  const salt = randomBytes(saltBytes)
  const ownKey = fileKey(key, salt)
  const hash = createHash('sha256')
  const chunk = Buffer.alloc(plainChunk)
  let held = 0
  let number = 0
  let bytes = 0
  const sealed: Uint8Array[] = [magic, salt]
  const seal = async (last: boolean) => {
    sealed.push(...sealChunk(ownKey, number, last, chunk.subarray(0, held)))
    number += 1
    held = 0
    if (last || sealed.length >= mostHeld) await writeAll(file, sealed.splice(0))
  }
  for await (const piece of source instanceof Uint8Array ? [source] : source) {
    const plain: Uint8Array = piece instanceof Uint8Array ? piece : Buffer.from(String(piece))
    bytes += plain.length
    if (bytes > maxBytes) throw new SealError('too-large', `More than ${maxBytes} bytes`)
    hash.update(plain)
    for (let taken = 0; taken < plain.length; ) {
      // A full chunk is written only when more follows, because the last one bears a mark.
      if (held === plainChunk) await seal(false)
      const part = plain.subarray(taken, taken + plainChunk - held)
      chunk.set(part, held)
      held += part.length
      taken += part.length
    }
  }
  await seal(true)
  return { bytes, sha256: hash.digest('hex') }
}

/**
 * Seals `source` into a new file, 0600; it has its name only when it is whole. With `flush` (the default) it also
 * survives a power cut once this resolves; with `content` its bytes do, and the caller sees to its name. Throws `SealError`, `too-large` when there are more than `maxBytes`; an
 * error of the source is kept as the cause. Nothing is left behind when it throws.
 */
export const sealFile = async (
  source: Readable | Uint8Array,
  path: string,
  key: Uint8Array,
  options: { readonly flush?: boolean | 'content'; readonly maxBytes?: number } = {},
): Promise<Sealed> => {
  const { flush = true, maxBytes = Number.MAX_SAFE_INTEGER } = options
  const part = `${path}.part`
  try {
    const file = await open(part, 'w', 0o600)
    try {
      const sealed = await sealInto(file, source, key, maxBytes)
      if (flush !== false) await file.sync()
      await file.close()
      await rename(part, path)
      if (flush === true) await flushFolder(dirname(path))
      return sealed
    } catch (thrown) {
      await file.close().catch(() => {})
      await rm(part, { force: true })
      throw thrown
    }
  } catch (thrown) {
    throw SealError.from(thrown)
  }
}

/** The plain size of a sealed file in bytes. Throws `SealError`. */
export const sealedBytes = async (path: string): Promise<number> => {
  try {
    return measure((await stat(path)).size).plain
  } catch (thrown) {
    throw SealError.from(thrown)
  }
}

const readExactly = async (file: FileHandle, at: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.allocUnsafe(length)
  let held = 0
  while (held < length) {
    const { bytesRead } = await file.read(buffer, held, length - held, at + held)
    if (bytesRead === 0) throw new SealError('damaged', 'A sealed file is cut off')
    held += bytesRead
  }
  return buffer
}

async function* plainBytes(
  path: string,
  key: Uint8Array,
  start: number,
  end: number | undefined,
): AsyncGenerator<Buffer> {
  let file: FileHandle | undefined
  try {
    file = await open(path)
    const { size } = await file.stat()
    const { chunks, plain } = measure(size)
    const stop = Math.min(end === undefined ? plain : end + 1, plain)
    if (start < 0 || start > plain || stop < start)
      throw new SealError('bad-range', 'The range is not in the file')
    const header = await readExactly(file, 0, headerBytes)
    if (!header.subarray(0, magic.length).equals(magic)) throw new SealError('damaged', 'Not a sealed file')
    const ownKey = fileKey(key, header.subarray(magic.length))
    const first = Math.min(Math.floor(start / plainChunk), chunks - 1)
    // The chunk in which the range ends is opened even when the range is empty: an empty file is checked too.
    for (let number = first; number < chunks; number += 1) {
      const from = number * plainChunk
      if (number > first && from >= stop) break
      const at = headerBytes + number * sealedChunk
      const sealed = await readExactly(file, at, Math.min(sealedChunk, size - at))
      const piece = openChunk(ownKey, number, number === chunks - 1, sealed)
      const wanted = piece.subarray(Math.max(start - from, 0), Math.min(stop - from, piece.length))
      if (wanted.length > 0) yield wanted
    }
  } catch (thrown) {
    throw SealError.from(thrown)
  } finally {
    await file?.close()
  }
}

/**
 * The plain bytes of a sealed file, from `start` to `end` inclusive, both counted from 0; an `end` beyond the file is
 * its end. Only bytes that were sealed come out: the stream ends with a `SealError` at the first chunk that was not.
 */
export const openSealed = (
  path: string,
  key: Uint8Array,
  range: { readonly start?: number; readonly end?: number } = {},
): Readable => Readable.from(plainBytes(path, key, range.start ?? 0, range.end), { objectMode: false })
