import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { generate, type Packet, parser } from 'mqtt-packet'
import { pino } from 'pino'
import { AedesBroker, type BrokerLimits, brokerLimits } from '../../fleet/broker/aedes-broker.ts'
import type { BrokerEvents, Message, Peer } from '../../fleet/broker/broker.ts'
import { type Clock, systemClock } from '../../fleet/clock.ts'
import {
  type DoorHandler,
  type DoorLimits,
  doorLimits,
  type OpenHandler,
  TerminalsDoor,
} from '../../fleet/door/door.ts'
import { type Credentials, createAuthority, type FleetAuthority } from '../../fleet/identity/authority.ts'
import { type Database, openDatabase } from '../../fleet/store/database.ts'
import { sqliteDialect } from '../../fleet/store/sqlite.ts'

/** What a test may change of the door that it opens. */
export interface OpenDoor {
  readonly http?: DoorHandler
  /** What anybody may ask, given the door's authority; nothing unless told. */
  readonly open?: (authority: FleetAuthority) => OpenHandler
  readonly clock?: Clock
  /** The authority's folder and the tables, where they shall outlive the door. */
  readonly kept?: { readonly folder: string; readonly database: Database }
  readonly message?: BrokerEvents['message']
  readonly limits?: Partial<BrokerLimits>
  readonly doorLimits?: Partial<DoorLimits>
  readonly admits?: (peer: Peer) => boolean
}

/** A terminals' door with a real broker and a real authority, in a folder of its own. */
export const openDoor = async (options: OpenDoor = {}) => {
  const folder = options.kept?.folder ?? (await mkdtemp(join(tmpdir(), 'avyl-door-')))
  const logger = pino({ level: 'silent' })
  const database = options.kept?.database ?? (await openDatabase(sqliteDialect(':memory:', 'normal')))
  const alarms: string[] = []
  const authority = await createAuthority({
    ...{ folder, database, clock: options.clock ?? systemClock, log: logger },
    events: {
      cut: (device) => door.disconnect(device),
      alarm: (type, device, about) => alarms.push(`${type} ${device} ${about}`),
    },
  })
  const { admits } = options
  const judging = admits ? { ...authority, server: authority.server, admits } : authority
  const messages: [device: string, message: Message][] = []
  const peers: string[] = []
  const broker = new AedesBroker(
    {
      message: options.message ?? (async (device, message) => void messages.push([device, message])),
      connected: (peer) => {
        authority.identities.connected(peer)
        peers.push(`+${peer.device}`)
      },
      disconnected: ({ device }) => peers.push(`-${device}`),
      doubled: ({ device }) => authority.identities.quarantine(device, 'used-twice'),
    },
    logger,
    // Clients of these tests acknowledge only what they are told to.
    { ...brokerLimits, probeTimeout: 50, ...options.limits },
  )
  const door: TerminalsDoor = new TerminalsDoor({
    host: '127.0.0.1',
    port: 0,
    key: Buffer.alloc(32, 1),
    clock: options.clock ?? systemClock,
    authority: judging,
    broker,
    open: options.open?.(authority) ?? (() => false),
    http: options.http ?? ((_identity, _request, response) => response.writeHead(404).end()),
    logger,
    limits: { ...doorLimits, ...options.doorLimits },
  })
  await broker.start()
  await door.start()
  return {
    authority,
    broker,
    door,
    messages,
    peers,
    alarms,
    database,
    /** A handshake with these credentials, MQTT unless told otherwise. */
    dial: (who: Partial<Credentials>, protocol = 'mqtt', more: ConnectionOptions = {}) =>
      dial(door.port, { ca: authority.ca, ...who }, protocol, more),
    close: async () => {
      await door.stop()
      await broker.stop()
      await authority.stop()
      if (options.kept) return
      await database.destroy()
      await rm(folder, { recursive: true })
    },
  }
}
export type OpenedDoor = Awaited<ReturnType<typeof openDoor>>

/** A TLS connection to this port of 127.0.0.1; it may have been closed again by the server. */
export const dial = async (
  port: number,
  { ca, key, certificate: cert }: Partial<Credentials>,
  protocol: string,
  more: ConnectionOptions = {},
): Promise<TLSSocket> => {
  const socket = connect({ host: '127.0.0.1', port, ca, key, cert, ALPNProtocols: [protocol], ...more })
  socket.on('error', () => {})
  await new Promise<void>((resolve) => {
    socket.once('secureConnect', resolve)
    socket.once('close', resolve)
  })
  return socket
}

/** A CONNECT as a terminal sends it. */
export const connectOf = (clientId: string, more: object = {}) =>
  ({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clientId,
    clean: true,
    // Long, so that no test passes because a silent connection was ended in the end.
    keepalive: 20,
    ...more,
  }) as Packet

/** A bare MQTT client: it sends what it is told, right or wrong, and answers nothing by itself. */
export class BareClient {
  readonly socket: TLSSocket
  readonly packets: Packet[] = []
  readonly closed: Promise<void>
  #waiting: (() => void)[] = []

  constructor(socket: TLSSocket) {
    this.socket = socket
    const parse = parser({ protocolVersion: 4 })
    parse.on('packet', (packet) => {
      this.packets.push(packet)
      this.#wake()
    })
    socket.on('data', (bytes) => parse.parse(bytes))
    this.closed = new Promise((resolve) => {
      if (socket.destroyed) resolve()
      socket.once('close', () => {
        resolve()
        this.#wake()
      })
    })
  }

  send(packet: Packet): void {
    this.socket.write(generate(packet))
  }

  connect(clientId: string, more: object = {}): void {
    this.send(connectOf(clientId, more))
  }

  publish(topic: string, more: object = {}): void {
    this.send({
      cmd: 'publish',
      topic,
      payload: '{}',
      qos: 1,
      retain: false,
      dup: false,
      messageId: 1,
      ...more,
    } as Packet)
  }

  /** The next packet of this kind; `undefined` when the connection closes before it comes. */
  async next<C extends Packet['cmd']>(cmd: C): Promise<Extract<Packet, { cmd: C }> | undefined> {
    for (;;) {
      const at = this.packets.findIndex((packet) => packet.cmd === cmd)
      if (at >= 0) return this.packets.splice(at, 1)[0] as Extract<Packet, { cmd: C }>
      if (this.socket.destroyed) return undefined
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** A client that is in: its CONNECT was accepted. */
export const enter = async (opened: OpenedDoor, device: string, more: object = {}): Promise<BareClient> => {
  const client = new BareClient(await opened.dial(await opened.authority.issueTerminal(device)))
  client.connect(device, more)
  const answer = await client.next('connack')
  if (answer?.returnCode !== 0) throw new Error(`not let in: ${answer?.returnCode ?? 'closed'}`)
  return client
}
