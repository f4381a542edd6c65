import { Readable } from 'node:stream'
import { createPause } from '../availability/pause.ts'
import { csvNames, csvRows } from './csv.ts'

const chunkLength = 65_536

/** A text whose characters are the bytes of this one in UTF-8: short pieces of it are joined faster than buffers. */
export const bytesOf = (text: string): string => Buffer.from(text).toString('latin1')

/** So many chunks are kept: 4 MB, what the longest answers take. */
const mostSpare = 64
/**
 * Chunks for the next answers. V8 counts memory outside its heap as if it were in there: with new chunks for each answer
 * it would collect its whole heap again and again. INVARIANT: nobody reads a chunk that lies here.
 */
const spare: Buffer[] = []

const chunkFor = (length: number): Buffer =>
  (length > chunkLength ? undefined : spare.pop()) ?? Buffer.allocUnsafe(Math.max(chunkLength, length))

/** An answer that is closed once its last byte has left or nobody waits for it any more. */
export interface Answer {
  once(event: 'close', onlooker: () => void): unknown
}

/** A text that is written piece by piece into a few large chunks and leaves as they are, so that it is copied once. */
export class LongText {
  readonly #full: Buffer[] = []
  #chunk = chunkFor(0)
  #length = 0

  add(piece: Uint8Array): void {
    this.#makeRoom(piece.length)
    this.#chunk.set(piece, this.#length)
    this.#length += piece.length
  }

  /** The same for what `bytesOf` gives, and for ASCII, which need no buffer of their own before. */
  addBytes(piece: string): void {
    this.#makeRoom(piece.length)
    this.#length += this.#chunk.write(piece, this.#length, 'latin1')
  }

  /** The whole text, for this answer alone: its chunks are another one's as soon as this one is closed. */
  end(answer: Answer): Readable {
    const parts = [...this.#full, this.#chunk.subarray(0, this.#length)]
    answer.once('close', () => {
      for (const { buffer } of parts.splice(0)) {
        if (buffer.byteLength === chunkLength && spare.length < mostSpare) spare.push(Buffer.from(buffer))
      }
    })
    return Readable.from(parts)
  }

  #makeRoom(length: number): void {
    if (this.#length + length <= this.#chunk.length) return
    this.#full.push(this.#chunk.subarray(0, this.#length))
    this.#chunk = chunkFor(length)
    this.#length = 0
  }
}

/** So many rows are written in one go, a few milliseconds' worth. */
const atOnce = 1000

/** Very many rows that are at hand as a table (RFC 4180); the event loop belongs to others in between. */
export const longCsv = async <T extends object>(
  columns: readonly (keyof T & string)[],
  rows: readonly T[],
): Promise<LongText> => {
  const pause = createPause()
  const text = new LongText()
  text.add(Buffer.from(csvNames(columns)))
  for (let n = 0; n < rows.length; n += atOnce) {
    text.add(Buffer.from(csvRows(columns, rows.slice(n, n + atOnce))))
    await pause()
  }
  return text
}
