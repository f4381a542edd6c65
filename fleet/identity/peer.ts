import type { TLSSocket } from 'node:tls'
import { isDeviceId } from '../../protocol/topics.ts'
import type { Peer } from '../broker/broker.ts'

/** A certificate as it was shown in a handshake, whose key the other end holds. Whether it is any good is not said. */
export interface Shown extends Peer {
  /** When it is valid, in milliseconds since 1970. */
  readonly validFrom: number
  readonly expiresAt: number
  /** Of the whole certificate, in lower-case hexadecimal. */
  readonly sha256: string
  /** Whether TLS found the way from it to an authority of ours, and nothing amiss but its dates. */
  readonly chained: boolean
}

const dateFaults: ReadonlySet<unknown> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])

/** The certificate that came with a connection and names a device; `undefined` when there is none. */
export const readPeer = (socket: TLSSocket): Shown | undefined => {
  // Of a resumed session without a certificate Node says `authorized` too: only the certificate itself counts.
  const shown = socket.getPeerX509Certificate()
  // A subject of several names is none of ours.
  const device = shown && /^CN=([^\n]+)$/.exec(shown.subject)?.[1]
  if (!shown || device === undefined || !isDeviceId(device)) return undefined
  return {
    device,
    certificate: shown.serialNumber.toLowerCase(),
    address: socket.remoteAddress ?? '',
    validFrom: shown.validFromDate.getTime(),
    expiresAt: shown.validToDate.getTime(),
    sha256: shown.fingerprint256.replaceAll(':', '').toLowerCase(),
    chained: socket.authorized || dateFaults.has(socket.authorizationError),
  }
}

/**
 * Whether a certificate is valid now. The dates are read again whenever it counts: on a resumed session Node says
 * `authorized` of an expired certificate too, and a connection can outlive its certificate.
 */
export const isCurrent = ({ validFrom, expiresAt }: Shown, now: number): boolean =>
  validFrom <= now && now < expiresAt
