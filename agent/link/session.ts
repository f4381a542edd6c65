import { type IClientOptions, MqttClient } from 'mqtt'
import type { Logger } from 'pino'
import { alpn } from '../../protocol/door.ts'
import { maxBodyBytes } from '../../protocol/envelope.ts'
import type { PresenceMessage } from '../../protocol/messages.ts'
import { type ParsedTopic, parseTopic, topics } from '../../protocol/topics.ts'
import { wire } from '../../protocol/wire.ts'
import type { Member } from './credentials.ts'
import type { Envelope } from './envelope.ts'
import { LineDown, type Sending, type Unstamped, type UpKind } from './line.ts'
import type { Stall } from './stall.ts'
import { dialFleet, type Judge } from './trust.ts'

/** By whom the fleet is judged, and who hears what comes. */
export interface SessionParts {
  readonly judge: Judge
  readonly agentVersion: string
  readonly envelope: () => Envelope
  /** A message of the fleet, at most 64 KiB; must not throw. */
  readonly received: (topic: ParsedTopic, payload: Uint8Array) => void
  readonly logger: Logger
  /** Between two pings of a line that is silent, 20 unless told. */
  readonly keepaliveSeconds?: number | undefined
  /** Tells how long this program itself stood still. */
  readonly stall?: Pick<Stall, 'take'>
}

/** Nobody was reached who proved to be the fleet: it can have said nothing about this terminal. */
export class Unreached extends LineDown {}

/** One MQTT connection, from its birth message to its end; it is never connected again. */
export interface Session {
  /** Listens and says that this terminal is there. Rejects with `LineDown`, and then it is over. */
  announce(): Promise<void>
  send<K extends UpKind>(kind: K, body: Unstamped<K>, how?: Sending): Promise<void>
  /** Resolves when it is over. */
  readonly closed: Promise<void>
  /** When the fleet was last heard, on the monotonic clock; a ping is answered every 20 s at least. */
  readonly heardAt: number
  /** How long the fleet took to answer the newest ping, in seconds; unknown before the first one. */
  readonly roundTrip: number | undefined
  /** Says why it goes, where it is told, and disconnects without a will. */
  leave(reason?: NonNullable<PresenceMessage['reason']>): Promise<void>
  /** Cuts it. */
  cut(): void
}

const keepaliveSeconds = 20
const connectMs = 15_000
/** A fleet that has not stored a message by then is taken for lost. */
const acknowledgeMs = 60_000
const leaveMs = 2000

/**
 * Opens one connection, which hears and is seen once it announces itself. The fleet has let its holder in when it
 * resolves. Rejects with `LineDown`, `Unreached` where it was not even the fleet, when that fails or the signal is
 * aborted.
 */
export const openSession = async (
  parts: SessionParts,
  { device, credentials }: Member,
  connection: number,
  signal: AbortSignal,
): Promise<Session> => {
  const { judge, agentVersion, envelope, received, logger, stall } = parts
  const encode = (body: object) => JSON.stringify({ ...envelope(), ...body })
  const presence = (state: PresenceMessage['state'], reason?: PresenceMessage['reason']) => ({
    state,
    connection,
    agent: agentVersion,
    ...(reason ? { reason } : {}),
  })
  const options: IClientOptions = {
    clientId: device,
    clean: true,
    protocolVersion: 4,
    keepalive: parts.keepaliveSeconds ?? keepaliveSeconds,
    connectTimeout: connectMs,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // Its cache of all packet numbers takes 8 MB.
    writeCache: false,
    will: {
      topic: topics.presence(device),
      payload: Buffer.from(encode(presence('lost'))),
      qos: wire.presence.qos,
      retain: wire.presence.retain,
    },
  }
  const stream = await dialFleet(credentials, { protocol: alpn.mqtt, judge, signal }).catch((cause) => {
    throw new Unreached({ cause })
  })
  const mqtt = new MqttClient(() => stream, options)
  const cut = () => mqtt.end(true)
  /** Whoever waits for an answer of this connection. */
  const waiting = new Set<(reason: LineDown) => void>()
  let cause: unknown
  const closed = new Promise<void>((resolve) => {
    mqtt.once('close', () => {
      for (const reject of waiting) reject(new LineDown({ cause }))
      signal.removeEventListener('abort', cut)
      cut()
      resolve()
    })
  })
  let heardAt = performance.now()
  let askedAt = Number.NaN
  let roundTrip: number | undefined
  mqtt.on('packetsend', ({ cmd }) => {
    if (cmd === 'pingreq') askedAt = performance.now()
  })
  mqtt.on('packetreceive', ({ cmd }) => {
    heardAt = performance.now()
    if (cmd === 'pingresp') roundTrip = (heardAt - askedAt) / 1000
  })
  mqtt.on('error', (error) => {
    cause = error
    cut()
  })
  signal.addEventListener('abort', cut)
  mqtt.on('message', (topic, payload) => {
    const parsed = parseTopic(topic)
    if (parsed?.device === device && payload.length <= maxBodyBytes) received(parsed, payload)
    else logger.warn({ topic: topic.slice(0, 100), bytes: payload.length }, 'a message was refused')
  })

  // Nobody waits for the acknowledgement of a message: it goes in one write with what the message makes this side say
  // in the same turn of the loop, and otherwise behind it.
  let acknowledge = () => {}
  mqtt.handleMessage = (_packet, done) => {
    const end = setImmediate(() => acknowledge())
    acknowledge = () => {
      acknowledge = () => {}
      clearImmediate(end)
      done()
    }
  }

  const answered = (ask: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(cut, acknowledgeMs)
      const settle = (act: () => void) => {
        clearTimeout(timer)
        waiting.delete(fail)
        act()
      }
      const fail = (reason: LineDown) => settle(() => reject(reason))
      waiting.add(fail)
      ask((error) => (error ? fail(new LineDown({ cause: error })) : settle(resolve)))
    })
  const topicOf = <K extends UpKind>(kind: K, body: Unstamped<K>) =>
    kind === 'commandReport'
      ? topics.commandReport(device, (body as Unstamped<'commandReport'>).id)
      : topics[kind as Exclude<UpKind, 'commandReport'>](device)

  const session: Session = {
    async announce() {
      const stalledMs = stall?.take()
      const told = { ...presence('online'), ...(stalledMs === undefined ? {} : { stalledMs }) }
      // The fleet sends what waits as soon as the terminal is there. Both leave in one write, so that no village waits for
      // the answer to the first; the fleet's broker takes packets in the order in which they come.
      const listening = answered((done) => mqtt.subscribe(topics.down(device), { qos: 1 }, done))
      const seen = session.send('presence', told)
      await Promise.all([listening, seen]).catch((thrown: unknown) => {
        cut()
        throw thrown
      })
    },
    async send(kind, body, { confirmed = false } = {}) {
      if (!mqtt.connected) throw new LineDown({ cause })
      const text = encode(body)
      if (Buffer.byteLength(text) > maxBodyBytes) throw new RangeError(`A body of ${kind} is too large`)
      const { qos, retain } = wire[kind]
      const options = { qos: confirmed ? 1 : qos, retain } as const
      await answered((done) => {
        mqtt.publish(topicOf(kind, body), text, options, done)
        acknowledge()
      })
    },
    closed,
    get heardAt() {
      return heardAt
    },
    get roundTrip() {
      return roundTrip
    },
    async leave(reason) {
      const timer = setTimeout(cut, leaveMs)
      if (reason) await session.send('presence', presence('bye', reason)).catch(() => {})
      // A DISCONNECT withdraws the will (MQTT 3.1.1 3.14.4).
      await mqtt.endAsync().catch(() => {})
      clearTimeout(timer)
    },
    cut,
  }
  try {
    signal.throwIfAborted()
    await answered((done) => mqtt.once('connect', () => done()))
    return session
  } catch (thrown) {
    cut()
    throw thrown instanceof LineDown ? thrown : new LineDown({ cause: thrown })
  }
}
