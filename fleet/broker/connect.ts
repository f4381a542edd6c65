import type { ConnectPacket } from 'aedes'
import type { Peer } from './broker.ts'
import { mayPublish } from './rights.ts'

/** A refusal as CONNACK tells it (MQTT 3.1.1 3.2.2.3), and the reason for the log. */
export interface Refusal {
  readonly returnCode: 2 | 5
  readonly reason: string
}

/**
 * Looks at a CONNECT before it has any effect. The client id must be the device of the certificate: this alone refuses
 * an empty one, an inherited property's name and the takeover of a neighbour. Sessions are clean, because commands
 * live in the store and a broker that keeps them would be a second truth. A will is judged here like a publish, for
 * later it would be too late to tell.
 */
export const examineConnect = (packet: ConnectPacket, identity: Peer): Refusal | undefined => {
  if (packet.clientId !== identity.device)
    return { returnCode: 2, reason: 'client id is not the certificate’s' }
  if (!packet.clean) return { returnCode: 5, reason: 'session is not clean' }
  if (!packet.will) return undefined
  const { topic, payload, qos = 0, retain = false } = packet.will
  const denial = mayPublish(identity.device, { topic, qos, retain, bytes: Buffer.byteLength(payload) })
  return denial && { returnCode: 5, reason: `will: ${denial}` }
}
