import type { Logger } from 'pino'
import { topics } from '../../protocol/topics.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import { wire } from '../../protocol/wire.ts'
import type { Broker } from '../broker/broker.ts'
import type { Clock } from '../clock.ts'
import { signCancel, signCommand } from '../signing/messages.ts'
import type { Signer } from '../signing/signer.ts'
import type { CommandRecord } from './record.ts'

/**
 * Puts commands on the wire, signed as they leave: their words may differ from those of the last time, and so may the
 * key. Never throws: what does not arrive is sent again until the terminal speaks.
 */
export interface Delivery {
  /**
   * The command, always under the same id. One that shall be stopped goes out as expired at the moment when that was
   * asked: a terminal that never got it refuses it, one that has it answers what became of it.
   */
  command(record: CommandRecord): void
  /** The wish to stop it. */
  cancel(record: CommandRecord): void
}

export const createDelivery = (broker: Broker, signer: Signer, clock: Clock, log: Logger): Delivery => {
  const run = uuidv7()
  let seq = 0
  const envelope = () => ({ v: 1 as const, ts: clock.now(), boot: run, run, seq: seq++ })
  const publish = (topic: string, channel: 'command' | 'cancel', id: string, sign: () => object) => {
    const { qos, retain } = wire[channel]
    const hand = async () =>
      broker.publish({ topic, payload: Buffer.from(JSON.stringify(sign())), qos, retain })
    hand().catch((error: unknown) => {
      log.warn({ err: error, command: id }, 'a command could not be handed to the broker')
    })
  }
  return {
    command({ terminal, id, name, input, issuedAt, expiresAt, cancelledAt, deadlineMs, actor }) {
      const message = {
        ...envelope(),
        ...{ id, name, input, issuedAt, deadlineMs, actor },
        expiresAt: Math.min(expiresAt, cancelledAt ?? expiresAt),
      }
      publish(topics.command(terminal, id), 'command', id, () => signCommand(signer, terminal, message))
    },
    cancel({ terminal, id }) {
      const message = { ...envelope(), id }
      publish(topics.cancel(terminal, id), 'cancel', id, () => signCancel(signer, terminal, message))
    },
  }
}
