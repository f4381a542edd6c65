import type { TLSSocket } from 'node:tls'
import { isDeviceId } from '../../protocol/topics.ts'
import type { Peer } from '../broker/broker.ts'

/** A peer and the end of its certificate, in milliseconds since 1970. */
export interface Identity extends Peer {
  readonly expiresAt: number
}

/**
 * Who stands at the other end of this connection; `undefined` when no certificate that is valid now names a terminal.
 * The dates are read here on purpose: on a resumed session Node says `authorized` of an expired certificate too.
 */
export const identify = (socket: TLSSocket, now = Date.now()): Identity | undefined => {
  if (!socket.authorized) return undefined
  const { subject, serialNumber, valid_from, valid_to } = socket.getPeerCertificate()
  // A subject with several common names comes as an array, whatever the types say.
  const device: unknown = subject?.CN
  if (typeof device !== 'string' || !isDeviceId(device)) return undefined
  const expiresAt = Date.parse(valid_to)
  if (!(Date.parse(valid_from) <= now && now < expiresAt)) return undefined
  return {
    device,
    certificate: serialNumber.toLowerCase(),
    address: socket.remoteAddress ?? '',
    expiresAt,
  }
}
