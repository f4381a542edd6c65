import { Readable } from 'node:stream'
import type { Aedes, PublishPacket } from 'aedes'
import { parseTopic, topics } from '../../protocol/topics.ts'

/** The part of aedes' persistence that serves this broker in another way. */
interface Tailored {
  putWill: () => Promise<void>
  storeRetained: (packet: PublishPacket) => Promise<void>
  createRetainedStreamCombi: (filters: readonly string[]) => Readable
  outgoingStream: () => Readable
}

const isPersistence = (value: unknown): value is Tailored =>
  typeof value === 'object' &&
  value !== null &&
  ['putWill', 'storeRetained', 'createRetainedStreamCombi', 'outgoingStream'].every((name) => name in value)

/** A stream of what is there already. `Readable.from` asks for each item anew: 40 us more of each return of a terminal. */
const streamOf = (packets: readonly PublishPacket[]): Readable => {
  const stream = new Readable({ objectMode: true, read() {} })
  for (const packet of packets) stream.push(packet)
  stream.push(null)
  return stream
}

/**
 * Fits aedes' persistence, in memory, to this broker.
 *
 * - aedes publishes the wills that it keeps when its heartbeat stood still, as after a sleep of the machine, although
 *   the terminals are there. The will of a live connection does not need that store.
 * - aedes compares each subscription with every retained message of the fleet. Here a terminal subscribes to one
 *   filter, under which its own messages are found at once.
 * - aedes keeps messages for a session that is away. Here each session is clean: none waits for anybody.
 */
export const tailorPersistence = (aedes: Aedes): void => {
  const persistence: unknown = Reflect.get(aedes, 'persistence')
  if (!isPersistence(persistence)) throw new Error('The guards do not fit this version of aedes')
  const retained = new Map<string, Map<string, PublishPacket>>()
  persistence.putWill = async () => {}
  persistence.storeRetained = async (packet) => {
    const device = parseTopic(packet.topic)?.device
    if (device === undefined) return
    const filter = topics.down(device)
    const kept = retained.get(filter) ?? new Map<string, PublishPacket>()
    // MQTT 3.1.1 3.3.1.3: without a payload it takes away what was retained.
    if (packet.payload.length === 0) kept.delete(packet.topic)
    else kept.set(packet.topic, { ...packet })
    if (kept.size === 0) retained.delete(filter)
    else retained.set(filter, kept)
  }
  persistence.createRetainedStreamCombi = (filters) =>
    streamOf(filters.flatMap((filter) => [...(retained.get(filter)?.values() ?? [])]))
  persistence.outgoingStream = () => streamOf([])
}
