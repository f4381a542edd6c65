import type { IncomingMessage } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import type { Readable } from 'node:stream'
import { alpn } from '../../protocol/door.ts'
import type { Credentials, DoorAddress } from './credentials.ts'

/** One request to the HTTPS half of the terminals' door. */
export interface DoorRequest {
  readonly method: 'GET' | 'PUT'
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: Uint8Array
  readonly signal: AbortSignal
}

/** The HTTPS half of the terminals' door, over a few connections that are kept while they are used. */
export interface Door {
  /** `https://host:port`. */
  readonly origin: string
  /** For libraries that make their own requests. */
  readonly agent: Agent
  /** Resolves with the head of the answer; the caller reads or destroys the rest. */
  ask(request: DoorRequest): Promise<IncomingMessage>
  close(): void
}

/** How long a connection may be still before it is given up, in milliseconds. */
const stillMs = 30_000

/** Opens the door; connects only when asked. */
export const createDoor = (address: DoorAddress, credentials: Credentials): Door => {
  const { host, port, serverName } = address
  const agent = new Agent({
    ...credentials,
    ...(serverName === undefined ? {} : { servername: serverName }),
    ALPNProtocols: [alpn.http],
    minVersion: 'TLSv1.2',
    keepAlive: true,
    maxSockets: 4,
    timeout: stillMs,
  })
  return {
    origin: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    agent,
    ask: ({ method, path, headers = {}, body, signal }) =>
      new Promise((resolve, reject) => {
        const options: RequestOptions = { agent, host, port, method, path, signal, timeout: stillMs }
        const asked = request({
          ...options,
          headers: { ...headers, ...(body ? { 'content-length': body.length } : {}) },
        })
        asked.once('timeout', () => asked.destroy(new Error('The fleet does not answer')))
        asked.once('error', reject)
        asked.once('response', resolve)
        asked.end(body)
      }),
    close: () => agent.destroy(),
  }
}

/** Reads at most `limit` bytes. Throws when there are more. */
export const readBounded = async (source: Readable, limit: number): Promise<Buffer> => {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of source as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > limit) throw new RangeError(`The answer has more than ${limit} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
