import type { Writable } from 'node:stream'

/** What travels between a page worker and its parent, in order, on one socket: messages, and bytes that belong to them. */
export type Frame =
  | { readonly message: unknown }
  /** A part of some bytes, as it came; the frames of one block need not be those that were written. */
  | { readonly bytes: Uint8Array }

const headLength = 5
const messageKind = 0
const bytesKind = 1
const longestMessage = 64 * 1024

/** Writes one frame; resolves when there is room for the next, rejects when the other side has gone. */
export const writeFrame = (out: Writable, frame: Frame): Promise<void> => {
  const isMessage = 'message' in frame
  const payload = isMessage ? Buffer.from(JSON.stringify(frame.message)) : frame.bytes
  const head = Buffer.alloc(headLength)
  head.writeUInt8(isMessage ? messageKind : bytesKind)
  head.writeUInt32BE(payload.length, 1)
  return new Promise((resolve, reject) => {
    out.cork()
    out.write(head)
    out.write(payload, (error) => (error ? reject(error) : resolve()))
    out.uncork()
  })
}

/** Takes frames out of what comes on a socket; bytes are passed on in the pieces in which they come. */
export async function* readFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let kept: Buffer = Buffer.alloc(0)
  let bytesLeft = 0
  for await (const chunk of source) {
    let rest = kept.length === 0 ? chunk : Buffer.concat([kept, chunk])
    for (;;) {
      if (bytesLeft > 0 && rest.length > 0) {
        const bytes = rest.subarray(0, bytesLeft)
        bytesLeft -= bytes.length
        rest = rest.subarray(bytes.length)
        yield { bytes }
      }
      if (bytesLeft > 0 || rest.length < headLength) break
      const length = rest.readUInt32BE(1)
      if (rest[0] === bytesKind) {
        bytesLeft = length
        rest = rest.subarray(headLength)
      } else {
        if (length > longestMessage) throw new RangeError('A message is too long')
        if (rest.length < headLength + length) break
        yield { message: JSON.parse(rest.toString('utf8', headLength, headLength + length)) }
        rest = rest.subarray(headLength + length)
      }
    }
    kept = rest
  }
}
