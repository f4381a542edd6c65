import { Agent, type IncomingMessage, request } from 'node:http'
import type { Readable } from 'node:stream'
import { EsclError } from './error.ts'

/** One HTTP request to the device. */
export interface Exchange {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Absolute path on the device. */
  readonly path: string
  /** An XML body. */
  readonly body?: string
  readonly signal: AbortSignal
  readonly connectMs: number
  readonly firstByteMs: number
}

/** The device that requests go to; nothing in an answer changes it. */
export interface Origin {
  readonly hostname: string
  readonly port: number
  readonly agent: Agent
}

/** Splits `http://host:port/eSCL/` into the origin and the base path, which ends in a slash. */
export const originOf = (url: string, keepAlive: boolean): { origin: Origin; basePath: string } => {
  const { protocol, hostname, port, pathname } = new URL(url)
  if (protocol !== 'http:') throw new TypeError('An eSCL device is reached by http')
  return {
    origin: {
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 80),
      // Where the connection is kept it is the only one: a request waits until the answer before it is read.
      agent: new Agent({ keepAlive, timeout: 5_000, ...(keepAlive ? { maxSockets: 1 } : {}) }),
    },
    basePath: pathname.endsWith('/') ? pathname : `${pathname}/`,
  }
}

/**
 * Sends one request and resolves with the answer's head. Redirects are not followed. Throws `EsclError`
 * (`unreachable`, `timeout`, `malformed`) or the signal's reason.
 */
export const exchange = async (origin: Origin, what: Exchange): Promise<IncomingMessage> => {
  for (;;) {
    try {
      return await once(origin, what)
    } catch (thrown) {
      if (!(thrown instanceof StaleConnection)) throw thrown
    }
  }
}

/** A kept connection that the device had closed before it saw the request: harmless to send again. */
class StaleConnection extends Error {}

const once = ({ hostname, port, agent }: Origin, what: Exchange): Promise<IncomingMessage> => {
  const { signal } = what
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    const outgoing = request({
      hostname,
      port,
      agent,
      method: what.method,
      path: what.path,
      headers:
        what.body === undefined
          ? { accept: '*/*' }
          : { accept: '*/*', 'content-type': 'text/xml', 'content-length': Buffer.byteLength(what.body) },
    })
    const fail = (error: unknown) => {
      settle()
      outgoing.destroy()
      reject(error)
    }
    const onAbort = () => fail(signal.reason)
    const silent = () => fail(new EsclError('timeout', 'The device does not answer'))
    let timer = setTimeout(silent, what.connectMs)
    const settle = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
    const connected = () => {
      clearTimeout(timer)
      timer = setTimeout(silent, what.firstByteMs)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    outgoing.on('socket', (socket) => {
      if (socket.connecting) socket.once('connect', connected)
      else connected()
    })
    outgoing.on('response', (incoming) => {
      settle()
      resolve(incoming)
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      settle()
      if (outgoing.reusedSocket && error.code === 'ECONNRESET') reject(new StaleConnection())
      else reject(asEsclError(error))
    })
    outgoing.end(what.body)
  })
}

const asEsclError = (error: NodeJS.ErrnoException): EsclError =>
  error.code?.startsWith('HPE_')
    ? new EsclError('malformed', 'The device does not speak HTTP', { cause: error })
    : new EsclError('unreachable', 'The device cannot be reached', { cause: error })

const mostDiscarded = 64 * 1024
const discardMs = 2_000

/** Lets go of an answer whose body does not matter; a short one runs out, so that a kept connection stays in use. */
export const discard = (incoming: IncomingMessage): void => {
  let left = mostDiscarded
  const late = setTimeout(() => incoming.destroy(), discardMs)
  incoming.once('close', () => clearTimeout(late))
  incoming.on('error', () => undefined)
  incoming.on('data', (piece: Uint8Array) => {
    left -= piece.length
    if (left < 0) incoming.destroy()
  })
}

/**
 * The body in pieces, with a limit on its size and on the silence between two pieces; the reader's own time does not
 * count. `totalMs` limits the whole of a body that is read at once. Leaving the iteration closes the connection. Throws `EsclError` (`too-large`, `timeout`, `truncated`) or the
 * signal's reason.
 */
export async function* bodyOf(
  incoming: Readable,
  limits: { readonly maxBytes: number; readonly stallMs: number; readonly totalMs?: number },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let cause: EsclError | undefined
  const stop = (error: EsclError) => {
    cause ??= error
    incoming.destroy(error)
  }
  const silent = () => stop(new EsclError('timeout', 'The device fell silent within its answer'))
  const onAbort = () => incoming.destroy(new Error('aborted'))
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  const end = performance.now() + (limits.totalMs ?? Number.POSITIVE_INFINITY)
  const patience = () => Math.max(1, Math.min(limits.stallMs, end - performance.now()))
  let timer = setTimeout(silent, patience())
  let total = 0
  try {
    for await (const piece of incoming) {
      clearTimeout(timer)
      total += piece.length
      if (total > limits.maxBytes) throw new EsclError('too-large', 'The answer of the device has no end')
      yield piece
      timer = setTimeout(silent, patience())
    }
  } catch (thrown) {
    if (signal.aborted) throw signal.reason
    if (thrown instanceof EsclError) throw thrown
    throw cause ?? new EsclError('truncated', 'The connection broke within the answer', { cause: thrown })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    incoming.destroy()
  }
}
