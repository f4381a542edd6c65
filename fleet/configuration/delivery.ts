import type { Logger } from 'pino'
import { topics } from '../../protocol/topics.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import { wire } from '../../protocol/wire.ts'
import type { Broker } from '../broker/broker.ts'
import type { Clock } from '../clock.ts'
import { signDesired } from '../signing/messages.ts'
import type { Signer } from '../signing/signer.ts'
import type { ConfigurationDocument } from './documents.ts'

/** Puts a terminal's document on the wire, where it stays for as long as the broker runs. Never throws. */
export type DesiredDelivery = (document: ConfigurationDocument) => void

/** The way of documents to the broker, signed. */
export const createDesiredDelivery = (parts: {
  readonly broker: Broker
  readonly signer: Signer
  readonly clock: Clock
  readonly log: Logger
}): DesiredDelivery => {
  const { broker, signer, clock, log } = parts
  const run = uuidv7()
  let seq = 0
  return ({ terminal, version, hash, content }) => {
    const envelope = { v: 1 as const, ts: clock.now(), boot: run, run, seq: seq++ }
    const message = { ...envelope, version, hash, config: content }
    const failed = (error: unknown) =>
      log.error({ err: error, terminal, version }, 'a configuration could not be handed to the broker')
    try {
      const payload = Buffer.from(JSON.stringify(signDesired(signer, terminal, message)))
      const { qos, retain } = wire.desired
      broker.publish({ topic: topics.desired(terminal), payload, qos, retain }).catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}
