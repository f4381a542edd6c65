import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createServer, type SecureContextOptions, type TLSSocket, type Server as TlsServer } from 'node:tls'
import type { Logger } from 'pino'
import { alpn } from '../../protocol/door.ts'
import type { AedesBroker } from '../broker/aedes-broker.ts'
import type { Peer } from '../broker/broker.ts'
import { type Rate, RateLimit } from '../broker/rate-limit.ts'
import type { Clock } from '../clock.ts'
import type { Authority } from '../identity/authority.ts'
import { readPeer, type Shown } from '../identity/peer.ts'
import { answer } from './answer.ts'
import type { Caller } from './caller.ts'
import { DeviceSockets } from './device-sockets.ts'
import { resumableSeconds, ticketKeys } from './tickets.ts'

/** Answers one HTTP request of a terminal that may work. Never throws, always ends the response. */
export type DoorHandler = (identity: Peer, request: IncomingMessage, response: ServerResponse) => void

/** Answers what anybody may ask; `false` when it is not such a question. Never throws. */
export type OpenHandler = (caller: Caller, request: IncomingMessage, response: ServerResponse) => boolean

/** The bounds of what may come in. */
export interface DoorLimits {
  /** Connections of one address; one address can be a whole provider, and all come at once after a restart. */
  readonly connections: Rate
  readonly maxConnections: number
  readonly connectionsOfADevice: number
  /** Connections of one address that show no certificate of ours. */
  readonly connectionsOfAStranger: number
  /** Milliseconds for the TLS handshake and for the header of a request. */
  readonly handshakeTimeout: number
  readonly headersTimeout: number
  /** How often connections are looked through for those that have no right to go on, in milliseconds. */
  readonly sweep: number
  /** How often the keys of session tickets are made anew, in milliseconds: they are others once a week. */
  readonly ticketRenewal: number
}

export const doorLimits: DoorLimits = {
  connections: { perSecond: 100, burst: 2000 },
  maxConnections: 10_000,
  connectionsOfADevice: 16,
  connectionsOfAStranger: 256,
  handshakeTimeout: 10_000,
  headersTimeout: 10_000,
  // Nothing goes over a connection a second after its certificate has ended.
  sweep: 500,
  ticketRenewal: 60_000,
}

/**
 * What is offered, the preferred one first: the suites of TLS 1.3, and of TLS 1.2 those that RFC 9325 4.2 recommends for
 * a certificate of an elliptic curve. With SHA-256, which processors have instructions for, a return costs a seventh
 * less than with SHA-384, Node's own first choice; AES-128 is what seals a session's ticket too.
 */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
].join(':')

/** What the terminals' door is made of. */
export interface DoorParts {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Of it come the keys of session tickets. */
  readonly key: Uint8Array
  readonly clock: Clock
  readonly authority: Authority
  readonly broker: Pick<AedesBroker, 'handle'>
  readonly http: DoorHandler
  readonly open: OpenHandler
  readonly logger: Logger
  readonly limits?: DoorLimits
}

/**
 * The terminals' door: one TLS port (1.2 or 1.3) that asks for a client certificate. A client that offers the ALPN
 * protocol `http/1.1` speaks HTTP, every other one MQTT; either way the certificate alone says who it is.
 *
 * INVARIANT: whoever the authority does not admit at this moment reaches the open handler and nothing else. TLS itself
 * lets everybody through the handshake, because a terminal without a certificate, or with one that has ended, has to
 * come here for one; and what TLS says of a resumed session is old.
 */
export class TerminalsDoor {
  readonly #parts: DoorParts
  readonly #limits: DoorLimits
  readonly #addresses: RateLimit
  readonly #sockets: DeviceSockets
  readonly #strangers: DeviceSockets
  readonly #shown = new WeakMap<object, Shown>()
  /** Connections whose terminal was admitted on them. */
  readonly #working = new WeakSet<object>()
  #stopWatching = () => {}
  #tls: TlsServer | undefined
  #http: Server | undefined

  constructor(parts: DoorParts) {
    this.#parts = parts
    this.#limits = parts.limits ?? doorLimits
    this.#addresses = new RateLimit(this.#limits.connections)
    this.#sockets = new DeviceSockets(this.#limits.connectionsOfADevice)
    this.#strangers = new DeviceSockets(this.#limits.connectionsOfAStranger)
  }

  /** The port it listens on. */
  get port(): number {
    const address = this.#tls?.address() as AddressInfo | null | undefined
    if (!address) throw new Error('The door is closed')
    return address.port
  }

  async start(): Promise<void> {
    const { authority, host, port, logger } = this.#parts
    this.#http = this.#makeHttp()
    const tls = createServer({
      ...this.#context(),
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: [alpn.mqtt, alpn.http],
      handshakeTimeout: this.#limits.handshakeTimeout,
    })
    tls.maxConnections = this.#limits.maxConnections
    tls.prependListener('connection', (socket: Socket) => this.#bound(socket))
    tls.on('secureConnection', (socket) => this.#enter(socket))
    tls.on('tlsClientError', (error, socket) => {
      logger.debug({ address: socket.remoteAddress, reason: error.message }, 'handshake failed')
    })
    await new Promise<void>((resolve, reject) => {
      tls.once('error', reject)
      tls.listen(port, host, () => {
        tls.off('error', reject)
        resolve()
      })
    })
    this.#tls = tls
    const forget = authority.onServer(() => tls.setSecureContext(this.#context()))
    const sweep = setInterval(() => this.#sweep(), this.#limits.sweep).unref()
    const renewal = setInterval(
      () => tls.setTicketKeys(this.#ticketKeys()),
      this.#limits.ticketRenewal,
    ).unref()
    this.#stopWatching = () => {
      clearInterval(sweep)
      clearInterval(renewal)
      forget()
    }
  }

  async stop(): Promise<void> {
    const tls = this.#tls
    this.#tls = undefined
    if (!tls) return
    this.#stopWatching()
    const closed = new Promise<void>((resolve) => tls.close(() => resolve()))
    this.#http?.close()
    this.#sockets.destroyAll()
    this.#strangers.destroyAll()
    await closed
  }

  /** Ends every connection of this terminal at once, MQTT and HTTP. */
  disconnect(device: string): void {
    this.#sockets.destroy(device)
  }

  #context(): SecureContextOptions {
    const { server } = this.#parts.authority
    return {
      ...{ key: server.key, cert: server.certificate, ca: this.#trusted() },
      ...{ minVersion: 'TLSv1.2', ciphers },
      ...{ ticketKeys: this.#ticketKeys(), sessionTimeout: resumableSeconds },
      // Otherwise it hangs on the command line, and a session would not outlive a change of it.
      sessionIdContext: 'avyl terminals',
    }
  }

  #trusted(): string[] {
    const { issuers, ca } = this.#parts.authority
    return [...issuers, ca]
  }

  #ticketKeys(): Buffer {
    const { key, clock } = this.#parts
    return ticketKeys(key, this.#trusted(), clock.now())
  }

  #makeHttp(): Server {
    const { headersTimeout } = this.#limits
    const http = createHttpServer(
      { headersTimeout, connectionsCheckingInterval: headersTimeout },
      (request, response) => this.#ask(request, response),
    )
    // It never listens itself; Node watches over slow headers only after this event.
    http.emit('listening')
    return http
  }

  #ask(request: IncomingMessage, response: ServerResponse): void {
    const { authority, http, open } = this.#parts
    const shown = this.#shown.get(request.socket)
    const standing = shown && authority.standing(shown)
    const known = standing && shown
    const address = request.socket.remoteAddress ?? ''
    if (open({ address, shown: known, standing }, request, response)) return
    // A connection can outlive its certificate, and its right to be here.
    if (shown && authority.admits(shown)) {
      this.#working.add(request.socket)
      http(shown, request, response)
      return
    }
    response.setHeader('connection', 'close')
    answer(
      response,
      known ? 403 : 401,
      known ? 'This terminal may not work' : 'No certificate that is good here',
    )
  }

  #bound(socket: Socket): void {
    if (this.#addresses.take(socket.remoteAddress ?? '') > 0) socket.destroy()
  }

  #enter(socket: TLSSocket): void {
    socket.on('error', () => {})
    const { authority, broker, logger } = this.#parts
    const shown = readPeer(socket)
    const address = socket.remoteAddress ?? ''
    if (socket.alpnProtocol === alpn.http) {
      const known = shown !== undefined && authority.standing(shown) !== undefined
      if (known ? this.#sockets.add(shown.device, socket) : this.#strangers.add(address, socket)) {
        if (shown) this.#shown.set(socket, shown)
        this.#http?.emit('connection', socket)
        return
      }
    } else if (shown && authority.admits(shown)) {
      if (this.#sockets.add(shown.device, socket)) {
        this.#shown.set(socket, shown)
        this.#working.add(socket)
        socket.setNoDelay(true)
        broker.handle(socket, shown)
        return
      }
    } else if (shown) {
      authority.refused(shown)
    }
    logger.warn({ address, device: shown?.device }, 'turned away')
    socket.destroy()
  }

  /**
   * What is not admitted any more is cut, also in the middle of an upload. A connection that never was is left alone: on
   * it a terminal asks for its new certificate, which can take longer than a sweep.
   */
  #sweep(): void {
    for (const socket of this.#sockets.all()) {
      const shown = this.#working.has(socket) ? this.#shown.get(socket) : undefined
      if (shown && !this.#parts.authority.admits(shown)) socket.destroy()
    }
  }
}
