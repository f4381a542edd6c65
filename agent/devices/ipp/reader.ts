import { IppError } from './error.ts'

/** Reads forward through bytes and never past their end. INVARIANT: every read of a byte or more moves on or throws. */
export interface Reader {
  readonly offset: number
  byte(): number
  short(): number
  int(): number
  /** A view, not a copy. */
  bytes(length: number): Buffer
}

/** A reader from the first byte on; throws `malformed` where the bytes end too soon. */
export const createReader = (data: Uint8Array): Reader => {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  let offset = 0
  const advance = (length: number): number => {
    if (length > data.byteLength - offset) {
      throw new IppError('malformed', `The message ends at byte ${data.byteLength}, within a field`)
    }
    const at = offset
    offset += length
    return at
  }
  return {
    get offset() {
      return offset
    },
    byte: () => buffer.readUInt8(advance(1)),
    short: () => buffer.readUInt16BE(advance(2)),
    int: () => buffer.readInt32BE(advance(4)),
    bytes: (length) => {
      const at = advance(length)
      return buffer.subarray(at, at + length)
    },
  }
}
