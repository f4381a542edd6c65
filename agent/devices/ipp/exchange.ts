import { type FileHandle, open } from 'node:fs/promises'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { IppError } from './error.ts'
import type { Transport } from './transport.ts'

/** How long and how much an exchange may take. */
export interface ExchangeLimits {
  /**
   * Time without a byte in either direction, in milliseconds: also the time until the answer begins. With a document
   * it is no end, since a printer without paper reads nothing: then the document's `standsStill` is asked.
   */
  readonly silenceMs: number
  /** The whole exchange, in milliseconds. */
  readonly totalMs: number
  /** The largest answer, in bytes. */
  readonly answerBytes: number
}

/** A document that goes behind a message. */
export interface SentDocument {
  readonly file: string
  /**
   * Asked whenever the printer has neither read nor answered for `silenceMs`. What it rejects with ends the exchange,
   * unless the printer has read on meanwhile; its signal tells that the exchange is over.
   */
  readonly standsStill?: ((signal: AbortSignal) => Promise<void>) | undefined
}

/**
 * Sends a message and, after it, a document, and resolves to the whole answer (RFC 8010 4). Throws `IppError`
 * (`unreachable`, `timeout`, `http`, `identity`, `limit`), what `standsStill` rejects with, or the signal's reason.
 */
export const exchange = async (
  transport: Transport,
  uri: URL,
  message: Buffer,
  document: SentDocument | undefined,
  limits: ExchangeLimits,
  signal: AbortSignal,
): Promise<Buffer> => {
  signal.throwIfAborted()
  const handle = document === undefined ? undefined : await open(document.file, 'r')
  try {
    const length = handle ? (await handle.stat()).size : 0
    const body = handle && { handle, length, standsStill: document?.standsStill }
    for (;;) {
      try {
        return await send(transport, uri, message, body, limits, signal)
      } catch (error) {
        // A document is sent once: whether the printer has it is not known.
        if (body || !(error instanceof StaleConnection)) throw error
      }
    }
  } finally {
    await handle?.close()
  }
}

interface Body extends Pick<SentDocument, 'standsStill'> {
  readonly handle: FileHandle
  readonly length: number
}

/** A kept connection that the printer had closed meanwhile. */
class StaleConnection extends IppError {}

const send = async (
  transport: Transport,
  uri: URL,
  message: Buffer,
  body: Body | undefined,
  limits: ExchangeLimits,
  signal: AbortSignal,
): Promise<Buffer> => {
  // The length is told at once: simple printers do not take chunks.
  const outgoing = transport({
    host: uri.hostname.replace(/^\[|\]$/g, ''),
    port: uri.port === '' ? 631 : Number(uri.port),
    path: `${uri.pathname || '/'}${uri.search}`,
    method: 'POST',
    headers: {
      'content-type': 'application/ipp',
      'content-length': message.length + (body?.length ?? 0),
      host: uri.port === '' ? `${uri.hostname}:631` : uri.host,
    },
  })
  const over = new AbortController()
  let givenUp: unknown
  const giveUp = (why: unknown): void => {
    givenUp = why
    outgoing.destroy()
  }
  const timeout = (): void => giveUp(new IppError('timeout', 'The printer did not answer in time'))
  const bytes = body?.handle.createReadStream({ autoClose: false })
  const silent = async (): Promise<void> => {
    if (bytes === undefined) return timeout()
    const before = bytes.bytesRead
    try {
      await body?.standsStill?.(over.signal)
    } catch (why) {
      if (bytes.bytesRead === before) return giveUp(why)
    }
    // A request tells its first silence only.
    if (!over.signal.aborted) outgoing.socket?.setTimeout(limits.silenceMs, silent)
  }
  const abort = (): void => {
    outgoing.destroy()
  }
  const total = setTimeout(timeout, limits.totalMs)
  outgoing.setTimeout(limits.silenceMs, silent)
  signal.addEventListener('abort', abort)
  try {
    const answered = answerTo(outgoing)
    const sent = sendBody(outgoing, message, bytes)
    const answer = await readAnswer(await answered, limits)
    // The answer may come before the document is sent, when the printer does not want it. A connection that is kept is
    // whole only once the request has ended on this side too; nothing else has to wait for that.
    if (!outgoing.shouldKeepAlive || (bytes?.bytesRead ?? 0) < (body?.length ?? 0)) outgoing.destroy()
    await sent
    return answer
  } catch (error) {
    signal.throwIfAborted()
    if (givenUp !== undefined) throw givenUp
    if (error instanceof IppError) throw error
    const stale = outgoing.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET'
    throw new (stale ? StaleConnection : IppError)('unreachable', 'The printer cannot be reached', {
      cause: error,
    })
  } finally {
    over.abort()
    outgoing.socket?.off('timeout', silent)
    clearTimeout(total)
    signal.removeEventListener('abort', abort)
    outgoing.destroy()
  }
}

const answerTo = (outgoing: ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    outgoing.once('response', resolve)
    outgoing.on('error', reject)
    outgoing.once('close', () => reject(new IppError('unreachable', 'The printer hung up')))
  })

/**
 * Writes the message and the document; resolves when the request has ended on this side. It does not reject: what fails
 * here ends the request, whose answer tells.
 */
const sendBody = async (
  outgoing: ClientRequest,
  message: Buffer,
  document: Readable | undefined,
): Promise<void> => {
  const ended = new Promise<void>((resolve) => {
    outgoing.once('finish', resolve).once('close', resolve)
  })
  outgoing.write(message)
  if (document === undefined) outgoing.end()
  else await pipeline(document, outgoing).catch(() => undefined)
  await ended
}

const readAnswer = async (incoming: IncomingMessage, limits: ExchangeLimits): Promise<Buffer> => {
  if (incoming.statusCode !== 200) {
    throw new IppError('http', `The printer answered with HTTP status ${incoming.statusCode}`)
  }
  if (!(incoming.headers['content-type'] ?? '').toLowerCase().startsWith('application/ipp')) {
    throw new IppError('http', 'The answer is not IPP')
  }
  const parts: Buffer[] = []
  let length = 0
  for await (const part of incoming as AsyncIterable<Buffer>) {
    length += part.length
    if (length > limits.answerBytes) {
      throw new IppError('limit', `The answer has more than ${limits.answerBytes} bytes`)
    }
    parts.push(part)
  }
  return Buffer.concat(parts)
}
