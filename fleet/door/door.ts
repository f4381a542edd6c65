import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createServer, type TLSSocket, type Server as TlsServer } from 'node:tls'
import type { Logger } from 'pino'
import { alpn } from '../../protocol/door.ts'
import type { AedesBroker } from '../broker/aedes-broker.ts'
import { type Rate, RateLimit } from '../broker/rate-limit.ts'
import type { Authority } from '../identity/authority.ts'
import { type Identity, identify } from '../identity/peer.ts'
import { DeviceSockets } from './device-sockets.ts'

/** Answers one HTTP request of a terminal. Never throws, always ends the response. */
export type DoorHandler = (identity: Identity, request: IncomingMessage, response: ServerResponse) => void

/** The bounds of what may come in. */
export interface DoorLimits {
  /** Connections of one address; one address can be a whole provider, and all come at once after a restart. */
  readonly connections: Rate
  readonly maxConnections: number
  readonly connectionsOfADevice: number
  /** Milliseconds for the TLS handshake and for the header of a request. */
  readonly handshakeTimeout: number
  readonly headersTimeout: number
}

export const doorLimits: DoorLimits = {
  connections: { perSecond: 100, burst: 2000 },
  maxConnections: 10_000,
  connectionsOfADevice: 16,
  handshakeTimeout: 10_000,
  headersTimeout: 10_000,
}

/** What the terminals' door is made of. */
export interface DoorParts {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  readonly authority: Authority
  readonly broker: Pick<AedesBroker, 'handle'>
  readonly http: DoorHandler
  readonly logger: Logger
  readonly limits?: DoorLimits
}

/**
 * The terminals' door: one TLS port (1.2 or 1.3) that asks for a client certificate. A client that offers the ALPN
 * protocol `http/1.1` speaks HTTP, every other one MQTT; either way the certificate alone says who it is.
 */
export class TerminalsDoor {
  readonly #parts: DoorParts
  readonly #limits: DoorLimits
  readonly #addresses: RateLimit
  readonly #sockets: DeviceSockets
  #tls: TlsServer | undefined
  #http: Server | undefined

  constructor(parts: DoorParts) {
    this.#parts = parts
    this.#limits = parts.limits ?? doorLimits
    this.#addresses = new RateLimit(this.#limits.connections)
    this.#sockets = new DeviceSockets(this.#limits.connectionsOfADevice)
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
      key: authority.server.key,
      cert: authority.server.certificate,
      ca: authority.ca,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
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
  }

  async stop(): Promise<void> {
    const tls = this.#tls
    this.#tls = undefined
    if (!tls) return
    const closed = new Promise<void>((resolve) => tls.close(() => resolve()))
    this.#http?.close()
    this.#sockets.destroyAll()
    await closed
  }

  /** Ends every connection of this terminal at once, MQTT and HTTP. */
  disconnect(device: string): void {
    this.#sockets.destroy(device)
  }

  #makeHttp(): Server {
    const { headersTimeout } = this.#limits
    const http = createHttpServer(
      { headersTimeout, connectionsCheckingInterval: headersTimeout },
      (request, response) => {
        const identity = identify(request.socket as TLSSocket)
        // A connection can outlive its certificate.
        if (!identity || !this.#parts.authority.admits(identity)) request.socket.destroy()
        else this.#parts.http(identity, request, response)
      },
    )
    // It never listens itself; Node watches over slow headers only after this event.
    http.emit('listening')
    return http
  }

  #bound(socket: Socket): void {
    if (this.#addresses.take(socket.remoteAddress ?? '') > 0) socket.destroy()
  }

  #enter(socket: TLSSocket): void {
    socket.on('error', () => {})
    const identity = identify(socket)
    if (!identity || !this.#parts.authority.admits(identity) || !this.#sockets.add(identity.device, socket)) {
      this.#parts.logger.warn({ address: socket.remoteAddress, device: identity?.device }, 'turned away')
      socket.destroy()
    } else if (socket.alpnProtocol === alpn.http) {
      this.#http?.emit('connection', socket)
    } else {
      socket.setNoDelay(true)
      this.#parts.broker.handle(socket, identity)
    }
  }
}
