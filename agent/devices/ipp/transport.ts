import { createHash } from 'node:crypto'
import { type Agent, type ClientRequest, Agent as HttpAgent, type RequestOptions, request } from 'node:http'
import { Agent as HttpsAgent, request as secureRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { connect } from 'node:tls'
import { IppError } from './error.ts'

/** How a printer is reached. */
export interface TransportOptions {
  /** All exchanges go over one connection that is kept between them; each has its own unless told. */
  readonly keepAlive?: boolean
  /**
   * Whether a printer with this key is the right one: SHA-256 of its SubjectPublicKeyInfo in base64 (as RFC 7469 2.4),
   * asked before the first byte of a message is sent by `ipps:`. Printers sign for themselves, so no authority is
   * asked; without this function any key is taken.
   */
  readonly trusts?: (key: string) => Promise<boolean>
}

/** Begins an HTTP request to a printer. */
export type Transport = (options: RequestOptions) => ClientRequest

/** A document may take its time to be converted between two exchanges; a printer that ends it sooner is heard. */
const idleMs = 60_000
const handshakeMs = 15_000

/** Plain HTTP for `ipp:`, TLS 1.2 or later for `ipps:` (RFC 7472). */
export const createTransport = (secure: boolean, options: TransportOptions): Transport => {
  // Where the connection is kept it is the only one: an exchange waits for the one before it.
  const kept = options.keepAlive === true ? { keepAlive: true, maxSockets: 1, timeout: idleMs } : undefined
  if (secure) {
    const agent = new TrustingAgent(options.trusts ?? (async () => true), kept)
    return (what) => secureRequest({ ...what, agent })
  }
  const agent: Agent | false = kept ? new HttpAgent(kept) : false
  return (what) => request({ ...what, agent })
}

/** Gives out connections only to a printer whose key is trusted. */
class TrustingAgent extends HttpsAgent {
  readonly #trusts: (key: string) => Promise<boolean>

  constructor(trusts: (key: string) => Promise<boolean>, kept: object = { keepAlive: false }) {
    super({ ...kept, maxCachedSessions: 0 })
    this.#trusts = trusts
  }

  override createConnection(
    { host, port }: { readonly host?: string | null; readonly port?: number | string | null },
    done?: (error: Error | null, connection: Duplex) => void,
  ): undefined {
    const socket = connect({
      host: host ?? 'localhost',
      port: Number(port),
      // Nobody vouches for a printer's certificate: its key is what it is known by.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
    })
    let settled = false
    const settle = (error: Error | null) => {
      if (error) socket.destroy()
      if (!settled) done?.(error, socket)
      settled = true
    }
    socket.setTimeout(handshakeMs, () => settle(new IppError('timeout', 'The printer does not finish TLS')))
    socket.on('error', settle)
    socket.once('secureConnect', async () => {
      try {
        const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' })
        const known = key && (await this.#trusts(createHash('sha256').update(key).digest('base64')))
        if (known !== true) throw new IppError('identity', 'The printer shows another key than it should')
        socket.removeAllListeners('timeout').setTimeout(0)
        settle(null)
      } catch (thrown) {
        settle(thrown instanceof Error ? thrown : new IppError('identity', 'The key could not be checked'))
      }
    })
  }
}
