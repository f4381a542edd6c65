import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { Aedes, type AuthenticateError, type Client, type PublishPacket } from 'aedes'
import type { Logger } from 'pino'
import { Turns } from '../turns.ts'
import type { Broker, BrokerEvents, Message, Peer } from './broker.ts'
import { examineConnect, type Refusal } from './connect.ts'
import { guardParser, type PacketLimits } from './parser-guard.ts'
import { tailorPersistence } from './persistence.ts'
import { isAlive } from './probe.ts'
import { type Rate, RateLimit } from './rate-limit.ts'
import { mayPublish, maySend, maySubscribe } from './rights.ts'

/** The bounds of what one connection may cost. Times in milliseconds, sizes in bytes. */
export interface BrokerLimits {
  readonly packet: PacketLimits
  /** CONNECT of one certificate. */
  readonly connects: Rate
  /** PUBLISH of one terminal; more is slowed down, not refused. */
  readonly messages: Rate
  /** The longest keepalive a terminal may ask for, in seconds: its silence is noticed after one and a half of it. */
  readonly keepaliveLimit: number
  /** How long a connection may wait with its CONNECT. */
  readonly connectTimeout: number
  /** How long a connection may take nothing before it is closed. */
  readonly drainTimeout: number
  /** How long a connection may take to show that it is alive when another one of the same identity has come. */
  readonly probeTimeout: number
}

export const brokerLimits: BrokerLimits = {
  packet: { before: 16 * 1024, after: 256 * 1024 },
  connects: { perSecond: 1, burst: 30 },
  messages: { perSecond: 100, burst: 2000 },
  keepaliveLimit: 20,
  connectTimeout: 10_000,
  drainTimeout: 5_000,
  probeTimeout: 3000,
}

/** What is known of one connection from its handshake on. */
interface Session {
  readonly identity: Peer
  refusal: Refusal | undefined
}

const refuse = ({ returnCode, reason }: Refusal): AuthenticateError =>
  Object.assign(new Error(reason), { returnCode: returnCode as number }) as AuthenticateError

/**
 * The broker in this process: aedes 1.2.0, MQTT 3.1.1. It trusts the identity that comes with a connection and nothing
 * that the connection says itself.
 */
export class AedesBroker implements Broker {
  readonly #events: BrokerEvents
  readonly #logger: Logger
  readonly #limits: BrokerLimits
  readonly #connects: RateLimit
  readonly #messages: RateLimit
  readonly #sessions = new WeakMap<object, Session>()
  /** INVARIANT: at most one client for each device, the newest; aedes alone can lose it during a takeover. */
  readonly #clients = new Map<string, Client>()
  readonly #devices = new Set<string>()
  /** A terminal's messages are stored as it sent them, one after another. */
  readonly #turns = new Turns()
  #aedes: Aedes | undefined

  constructor(events: BrokerEvents, logger: Logger, limits: BrokerLimits = brokerLimits) {
    this.#events = events
    this.#logger = logger
    this.#limits = limits
    this.#connects = new RateLimit(limits.connects)
    this.#messages = new RateLimit(limits.messages)
  }

  async start(): Promise<void> {
    const aedes = new Aedes({
      concurrency: 1000,
      drainTimeout: this.#limits.drainTimeout,
      connectTimeout: this.#limits.connectTimeout,
      keepaliveLimit: this.#limits.keepaliveLimit,
      maxTopicLevels: 10,
      preConnect: (client, packet, done) => {
        const session = this.#sessionOf(client)
        if (this.#connects.take(session.identity.certificate) > 0)
          return done(new Error('connects too often'), false)
        session.refusal = examineConnect(packet, session.identity)
        if (session.refusal) return done(null, true)
        this.#refuseSecond(session).then(
          () => done(null, true),
          (error: Error) => done(error, false),
        )
      },
      authenticate: (client, _username, _password, done) => {
        const { identity, refusal } = this.#sessionOf(client)
        if (!refusal) return done(null, true)
        this.#logger.warn({ device: identity.device, reason: refusal.reason }, 'connection refused')
        done(refuse(refusal), false)
      },
      authorizePublish: (client, packet, done) => {
        this.#receive(client, packet).then(
          () => done(null),
          (error: Error) => done(error),
        )
      },
      authorizeSubscribe: (client, subscription, done) => {
        const { identity } = this.#sessionOf(client)
        done(null, maySubscribe(identity.device, subscription.topic) ? subscription : null)
      },
      // A terminal that stopped reading must not hold a slot that the others need.
      authorizeForward: (client, packet) => ((client.conn as Duplex).writableNeedDrain ? null : packet),
    })
    await aedes.listen()
    tailorPersistence(aedes)
    aedes.on('clientReady', (client) => this.#arrived(client))
    aedes.on('clientDisconnect', (client) => this.#left(client))
    aedes.on('clientError', (client, error) => this.#complain(client, error))
    aedes.on('connectionError', (client, error) => this.#complain(client, error))
    this.#aedes = aedes
  }

  async stop(): Promise<void> {
    const aedes = this.#aedes
    this.#aedes = undefined
    if (!aedes) return
    await new Promise<void>((resolve) => aedes.close(resolve))
    await this.#turns.idle()
  }

  /** Takes over a connection whose other end is known. */
  handle(connection: Duplex, identity: Peer): void {
    if (!this.#aedes) {
      connection.destroy()
      return
    }
    const client = this.#aedes.handle(connection)
    this.#sessions.set(client, { identity, refusal: undefined })
    guardParser(client, this.#limits.packet)
  }

  publish(message: Message): Promise<void> {
    const { topic, payload, qos, retain } = message
    const denial = maySend({ topic, qos, retain, bytes: payload.length })
    if (denial) return Promise.reject(new Error(`The fleet may not send this: ${denial}`))
    return new Promise((resolve, reject) => {
      const aedes = this.#aedes
      if (!aedes) return reject(new Error('The broker is stopped'))
      const packet: PublishPacket = {
        cmd: 'publish',
        topic,
        payload: Buffer.from(payload),
        qos,
        retain,
        dup: false,
      }
      aedes.publish(packet, (error) => (error ? reject(error) : resolve()))
    })
  }

  disconnect(device: string): void {
    this.#clients.get(device)?.conn.destroy()
  }

  /** Whether it takes and gives messages. */
  get isUp(): boolean {
    return this.#aedes !== undefined
  }

  connected(): ReadonlySet<string> {
    return this.#devices
  }

  /**
   * Two copies of one key, or a terminal whose line changed? A terminal closes its connection before it opens the next,
   * so its old one may hang half dead, but nobody answers on it any more. Whoever answers on the old connection to a
   * question that was asked after the new one came is a second holder of the key. Addresses prove nothing: a mobile
   * line changes them, and two copies can stand behind one.
   */
  async #refuseSecond(session: Session): Promise<void> {
    const { identity } = session
    const before = this.#clients.get(identity.device)
    if (!before || !(await isAlive(before, identity.device, this.#limits.probeTimeout))) return
    session.refusal = { returnCode: 5, reason: 'the identity is in use by somebody else' }
    this.#events.doubled(peerOf(this.#sessionOf(before).identity), peerOf(identity))
  }

  #sessionOf(client: Client): Session {
    const session = this.#sessions.get(client)
    if (!session) throw new Error('A client without an identity')
    return session
  }

  /** INVARIANT: what resolves here is acknowledged, so it resolves only when the fleet has stored the message. */
  async #receive(client: Client | null, packet: PublishPacket): Promise<void> {
    const session = client && this.#sessions.get(client)
    // While the broker stops it closes every connection; wills that say "lost" would be lies then.
    if (!session || !this.#aedes) throw new Error('refused: nobody')
    const { identity } = session
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
    const { topic, qos, retain } = packet
    const denial = mayPublish(identity.device, { topic, qos, retain, bytes: payload.length })
    if (denial) throw new Error(`refused: ${denial}`)
    // Nobody but the fleet reads `up` topics, so the broker need not keep them.
    packet.retain = false
    const message: Message = { topic, payload, qos: qos === 1 ? 1 : 0, retain }
    await this.#turns.take(identity.device, async () => {
      for (let pause = this.#take(identity); pause > 0; pause = this.#take(identity)) await wait(pause)
      await this.#events.message(identity.device, message)
    })
  }

  #take({ device }: Peer): number {
    return Math.ceil(this.#messages.take(device))
  }

  #arrived(client: Client): void {
    // A connection that broke behind its CONNACK has left already; aedes calls it ready all the same.
    if (client.closed) return
    const { identity } = this.#sessionOf(client)
    const before = this.#clients.get(identity.device)
    if (before && before !== client) {
      before.conn.destroy()
      this.#left(before)
    }
    this.#clients.set(identity.device, client)
    this.#devices.add(identity.device)
    this.#logger.info({ device: identity.device, certificate: identity.certificate }, 'terminal connected')
    this.#events.connected(peerOf(identity))
  }

  #left(client: Client): void {
    const { identity } = this.#sessionOf(client)
    if (this.#clients.get(identity.device) !== client) return
    this.#clients.delete(identity.device)
    this.#devices.delete(identity.device)
    this.#logger.info({ device: identity.device }, 'terminal disconnected')
    this.#events.disconnected(peerOf(identity))
  }

  #complain(client: Client, error: Error): void {
    const device = this.#sessions.get(client)?.identity.device
    this.#logger.debug({ device, reason: error.message }, 'connection ended badly')
  }
}

const peerOf = ({ device, certificate, address }: Peer) => ({ device, certificate, address })
