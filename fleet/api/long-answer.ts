import { createPause } from '../availability/pause.ts'
import { csvOf } from './csv.ts'

const firstLength = 16_384

/** A text that is written piece by piece into one stretch of bytes, so that no pieces are left to be gathered. */
export class LongText {
  #bytes = Buffer.allocUnsafe(firstLength)
  #length = 0

  add(text: string): void {
    this.bytes(Buffer.from(text))
  }

  bytes(bytes: Uint8Array): void {
    this.#need(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Adds characters of ASCII alone, several times as fast as others. */
  ascii(text: string): void {
    this.#need(text.length)
    this.#length += this.#bytes.write(text, this.#length, 'latin1')
  }

  end(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #need(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const before = this.#bytes
    this.#bytes = Buffer.allocUnsafe(2 * (this.#length + more))
    before.copy(this.#bytes, 0, 0, this.#length)
  }
}

/** So many rows are written in one go, a few milliseconds' worth. */
const atOnce = 1000

/** Very many rows that are at hand as a table (RFC 4180); the event loop belongs to others in between. */
export const longCsv = async <T extends object>(
  columns: readonly (keyof T & string)[],
  rows: readonly T[],
): Promise<Buffer> => {
  const pause = createPause()
  const text = new LongText()
  const head = csvOf(columns, [])
  text.add(head)
  for (let n = 0; n < rows.length; n += atOnce) {
    text.add(csvOf(columns, rows.slice(n, n + atOnce)).slice(head.length))
    await pause()
  }
  return text.end()
}
