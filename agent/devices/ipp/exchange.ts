import { type FileHandle, open } from 'node:fs/promises'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { IppError } from './error.ts'
import type { Transport } from './transport.ts'

/** How long and how much an exchange may take. */
export interface ExchangeLimits {
  /** Time without a byte in either direction, in milliseconds: also the time until the answer begins. */
  readonly silenceMs: number
  /** The whole exchange, in milliseconds. */
  readonly totalMs: number
  /** The largest answer, in bytes. */
  readonly answerBytes: number
}

/**
 * Sends a message and, after it, the bytes of a file, and resolves to the whole answer (RFC 8010 4). Throws `IppError`
 * (`unreachable`, `timeout`, `http`, `identity`, `limit`), or the signal's reason.
 */
export const exchange = async (
  transport: Transport,
  uri: URL,
  message: Buffer,
  file: string | undefined,
  limits: ExchangeLimits,
  signal: AbortSignal,
): Promise<Buffer> => {
  signal.throwIfAborted()
  const document = file === undefined ? undefined : await open(file, 'r')
  try {
    const length = document ? (await document.stat()).size : 0
    for (;;) {
      try {
        return await send(transport, uri, message, document, length, limits, signal)
      } catch (error) {
        // A document is sent once: whether the printer has it is not known.
        if (document || !(error instanceof StaleConnection)) throw error
      }
    }
  } finally {
    await document?.close()
  }
}

/** A kept connection that the printer had closed meanwhile. */
class StaleConnection extends IppError {}

const send = async (
  transport: Transport,
  uri: URL,
  message: Buffer,
  document: FileHandle | undefined,
  length: number,
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
      'content-length': message.length + length,
      host: uri.port === '' ? `${uri.hostname}:631` : uri.host,
    },
  })
  let late: IppError | undefined
  const timeout = (): void => {
    late = new IppError('timeout', 'The printer did not answer in time')
    outgoing.destroy(late)
  }
  const abort = (): void => {
    outgoing.destroy()
  }
  const total = setTimeout(timeout, limits.totalMs)
  outgoing.setTimeout(limits.silenceMs, timeout)
  signal.addEventListener('abort', abort)
  try {
    const answered = answerTo(outgoing)
    const bytes = document?.createReadStream({ autoClose: false })
    const sent = sendBody(outgoing, message, bytes)
    const answer = await readAnswer(await answered, limits)
    // The answer may come before the document is sent, when the printer does not want it. A connection that is kept is
    // whole only once the request has ended on this side too; nothing else has to wait for that.
    if (!outgoing.shouldKeepAlive || (bytes?.bytesRead ?? 0) < length) outgoing.destroy()
    await sent
    return answer
  } catch (error) {
    signal.throwIfAborted()
    if (late) throw late
    if (error instanceof IppError) throw error
    const stale = outgoing.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET'
    throw new (stale ? StaleConnection : IppError)('unreachable', 'The printer cannot be reached', {
      cause: error,
    })
  } finally {
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
