import type { EventEmitter } from 'node:events'
import type { Client } from 'aedes'
import { topics } from '../../protocol/topics.ts'

/** What is used of the inside of an aedes 1.2.0 client. */
interface Inside {
  readonly _parser: EventEmitter
  deliverQoS(packet: object, done: () => void): void
}

/** aedes counts packet ids up from 1 and needs the last one after 65,534 unanswered others only. */
const probeId = 65_535

/**
 * Whether a program reads this connection now: it is sent a message (QoS 1) that it has to acknowledge (MQTT 3.1.1
 * 4.3.2). The acknowledgement of TCP would prove nothing, a machine gives it for a program that left long ago. False
 * when none comes within so many milliseconds, or the connection ends.
 */
export const isAlive = (client: Client, device: string, milliseconds: number): Promise<boolean> => {
  const { _parser: parser } = client as unknown as Inside
  return new Promise((resolve) => {
    const settle = (alive: boolean) => {
      clearTimeout(timer)
      parser.off('packet', hear)
      client.conn.off('close', leave)
      resolve(alive)
    }
    const hear = ({ cmd, messageId }: { readonly cmd: string; readonly messageId?: number }) => {
      if (cmd === 'puback' && messageId === probeId) settle(true)
    }
    const leave = () => settle(false)
    const timer = setTimeout(leave, milliseconds)
    parser.on('packet', hear)
    client.conn.once('close', leave)
    const packet = {
      cmd: 'publish',
      topic: topics.probe(device),
      payload: Buffer.from('{}'),
      qos: 1,
      retain: false,
      messageId: probeId,
    }
    ;(client as unknown as Inside).deliverQoS(packet, () => {})
  })
}
