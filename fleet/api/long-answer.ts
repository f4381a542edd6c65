import { Readable } from 'node:stream'
import { createPause } from '../availability/pause.ts'
import { csvNames, csvRows } from './csv.ts'

const chunkLength = 65_536

/** A text that is written piece by piece into a few large chunks and leaves as they are, so that it is copied once. */
export class LongText {
  readonly #full: Buffer[] = []
  #chunk = Buffer.allocUnsafe(chunkLength)
  #length = 0

  add(piece: Uint8Array): void {
    this.#makeRoom(piece.length)
    this.#chunk.set(piece, this.#length)
    this.#length += piece.length
  }

  /** The same for a text of ASCII alone, which needs no bytes of its own before. */
  addAscii(piece: string): void {
    this.#makeRoom(piece.length)
    this.#length += this.#chunk.write(piece, this.#length, 'latin1')
  }

  end(): Readable {
    return Readable.from([...this.#full, this.#chunk.subarray(0, this.#length)])
  }

  #makeRoom(length: number): void {
    if (this.#length + length <= this.#chunk.length) return
    this.#full.push(this.#chunk.subarray(0, this.#length))
    this.#chunk = Buffer.allocUnsafe(Math.max(chunkLength, length))
    this.#length = 0
  }
}

/** So many rows are written in one go, a few milliseconds' worth. */
const atOnce = 1000

/** Very many rows that are at hand as a table (RFC 4180); the event loop belongs to others in between. */
export const longCsv = async <T extends object>(
  columns: readonly (keyof T & string)[],
  rows: readonly T[],
): Promise<Readable> => {
  const pause = createPause()
  const text = new LongText()
  text.add(Buffer.from(csvNames(columns)))
  for (let n = 0; n < rows.length; n += atOnce) {
    text.add(Buffer.from(csvRows(columns, rows.slice(n, n + atOnce))))
    await pause()
  }
  return text.end()
}
