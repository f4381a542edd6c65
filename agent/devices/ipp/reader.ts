import { IppError } from './error.ts'

/** Reads forward through bytes and never past their end. INVARIANT: every call moves on or throws. */
export interface Reader {
  readonly offset: number
  readonly done: boolean
  byte(): number
  short(): number
  int(): number
  /** A view, not a copy. */
  bytes(length: number): Uint8Array
}

/** A reader from the first byte on; throws `malformed` where the bytes end too soon. */
export const createReader = (data: Uint8Array): Reader => {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
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
    get done() {
      return offset === data.byteLength
    },
    byte: () => view.getUint8(advance(1)),
    short: () => view.getUint16(advance(2)),
    int: () => view.getInt32(advance(4)),
    bytes: (length) => {
      const at = advance(length)
      return data.subarray(at, at + length)
    },
  }
}
