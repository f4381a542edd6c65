import type { IncomingMessage, ServerResponse } from 'node:http'

/** Why a request of a terminal is refused: its HTTP status and a short text without personal data. */
export class DoorRefusal extends Error {
  override readonly name = 'DoorRefusal'
  readonly status: number

  constructor(status: number, text: string, options: { cause?: unknown } = {}) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause })
    this.status = status
  }
}

/** Ends a response with a short text. */
export const answer = (response: ServerResponse, status: number, text = ''): void => {
  response
    .writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) })
    .end(text)
}

/** Reads a body of at most `limit` bytes; refuses a larger one (413) without reading on. */
export const readBody = async (request: IncomingMessage, limit: number): Promise<Buffer> => {
  const tooLarge = () => new DoorRefusal(413, 'The body is too large')
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge()
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > limit) throw tooLarge()
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
