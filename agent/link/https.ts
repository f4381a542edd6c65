import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { Duplex, Readable } from 'node:stream'
import { alpn } from '../../protocol/door.ts'
import type { CredentialsSource } from './credentials.ts'
import { dialFleet, type Judge } from './trust.ts'

/** One request to the HTTPS half of the terminals' door. */
export interface DoorRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: Uint8Array
  readonly signal: AbortSignal
}

/** The HTTPS half of the terminals' door, over a few connections that are kept while they are used. */
export interface Door {
  /** `https://host:port`. Throws `NotEnrolled` while no fleet is known. */
  readonly origin: string
  /** For libraries that make their own requests. */
  readonly agent: Agent
  /** Resolves with the head of the answer; the caller reads or destroys the rest. */
  ask(request: DoorRequest): Promise<IncomingMessage>
  /** Lets go of connections that nobody uses now: the next one is opened with the credentials of then. */
  renew(): void
  /** Ends every connection, for good. */
  close(): void
}

/** How long a connection may be still before it is given up, in milliseconds. */
const stillMs = 30_000

/** Hands a connection over only when the fleet has proved itself: before that Node would write the request to it. */
class FleetAgent extends Agent {
  readonly #credentials: CredentialsSource
  readonly #judge: Judge | undefined
  readonly #closed = new AbortController()

  constructor(credentials: CredentialsSource, judge: Judge | undefined) {
    super({ keepAlive: true, maxSockets: 4, timeout: stillMs })
    this.#credentials = credentials
    this.#judge = judge
  }

  override createConnection(_options: unknown, ready?: (error: Error | null, stream: Duplex) => void): null {
    const dial = async () =>
      dialFleet(this.#credentials(), {
        protocol: alpn.http,
        signal: this.#closed.signal,
        ...(this.#judge ? { judge: this.#judge } : {}),
      })
    dial().then(
      (socket) => ready?.(null, socket.setTimeout(stillMs)),
      // Node calls with an error alone; the types want both.
      (error: Error) => ready?.(error, undefined as unknown as Duplex),
    )
    return null
  }

  /** Ends all connections, also those that are being opened: Node's agent knows of these only when they stand. */
  override destroy(): void {
    this.#closed.abort(new Error('The door is closed'))
    super.destroy()
  }

  /** Ends the connections that wait for a next request. */
  endIdle(): void {
    for (const socket of Object.values(this.freeSockets).flat()) socket?.destroy()
  }
}

/** Opens the door; connects only when asked. Dates of certificates go unjudged without a judge. */
export const createDoor = (credentials: CredentialsSource, judge?: Judge): Door => {
  const agent = new FleetAgent(credentials, judge)
  return {
    get origin() {
      const { host, port } = credentials().address
      return `https://${host.includes(':') ? `[${host}]` : host}:${port}`
    },
    agent,
    ask: async ({ method, path, headers = {}, body, signal }) => {
      const { host, port } = credentials().address
      const asked = request({
        ...{ agent, host, port, method, path, signal, timeout: stillMs },
        headers: { ...headers, ...(body ? { 'content-length': body.length } : {}) },
      })
      return new Promise((resolve, reject) => {
        asked.once('timeout', () => asked.destroy(new Error('The fleet does not answer')))
        asked.once('error', reject)
        asked.once('response', resolve)
        asked.end(body)
      })
    },
    renew: () => agent.endIdle(),
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
