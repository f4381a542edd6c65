import type { Logger } from 'pino'
import type { CancelMessage, CommandMessage } from '../../protocol/messages.ts'
import { topics } from '../../protocol/topics.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import { wire } from '../../protocol/wire.ts'
import type { Broker } from '../broker/broker.ts'
import type { Clock } from '../clock.ts'
import type { CommandRecord } from './record.ts'

/** Puts commands on the wire. Never throws: what does not arrive is sent again until the terminal speaks. */
export interface Delivery {
  /**
   * The command, always under the same id. One that shall be stopped goes out as expired at the moment when that was
   * asked: a terminal that never got it refuses it, one that has it answers what became of it.
   */
  command(record: CommandRecord): void
  /** The wish to stop it. */
  cancel(record: CommandRecord): void
}

export const createDelivery = (broker: Broker, clock: Clock, log: Logger): Delivery => {
  const run = uuidv7()
  let seq = 0
  const publish = (topic: string, channel: 'command' | 'cancel', body: CommandMessage | CancelMessage) => {
    const payload = Buffer.from(JSON.stringify(body))
    const { qos, retain } = wire[channel]
    broker.publish({ topic, payload, qos, retain }).catch((error: unknown) => {
      log.warn({ err: error, command: body.id }, 'a command could not be handed to the broker')
    })
  }
  const envelope = () => ({ v: 1 as const, ts: clock.now(), boot: run, run, seq: seq++ })
  return {
    command: (record) =>
      publish(topics.command(record.terminal, record.id), 'command', {
        ...envelope(),
        id: record.id,
        name: record.name,
        input: record.input,
        issuedAt: record.issuedAt,
        expiresAt: Math.min(record.expiresAt, record.cancelledAt ?? record.expiresAt),
        deadlineMs: record.deadlineMs,
        actor: record.actor,
      }),
    cancel: (record) =>
      publish(topics.cancel(record.terminal, record.id), 'cancel', { ...envelope(), id: record.id }),
  }
}
