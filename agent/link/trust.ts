import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { Credentials, DoorAddress } from './credentials.ts'

/*
 * INVARIANTS
 * 1. No byte of ours reaches a server before it has proved itself: chain to a pinned root, name, purpose, dates.
 * 2. Dates are judged by the fleet's clock and not by the machine's, which may be wrong by years. OpenSSL knows the
 *    machine's alone, so its verdict counts but for dates, and the whole chain is checked here again.
 * 3. Dates go unjudged only where a signature of the fleet decides over what comes back.
 * 4. Who goes on with a session is the one with whom it began (RFC 8446 2.2); only its dates are judged again.
 */

/** What did not stand up of a server that called itself the fleet. */
export type Distrust = 'chain' | 'name' | 'purpose' | 'dates'

/** The server is not the fleet, as far as this terminal can tell. */
export class UntrustedFleet extends Error {
  override readonly name = 'UntrustedFleet'
  readonly distrust: Distrust
  constructor(distrust: Distrust, options: { cause?: unknown } = {}) {
    super(`The server is not trusted: ${distrust}`, options)
    this.distrust = distrust
  }
}

/** By which time dates are judged, and who hears that they do not fit. */
export interface Judge {
  now(): number
  doubt(): void
}

/** More certificates than this lead nowhere. */
const maxChain = 6

const pem = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/** The certificates of a PEM text, the first ones where there are too many. Throws when one cannot be read. */
export const readCertificates = (text: string): X509Certificate[] =>
  (text.match(pem) ?? []).slice(0, maxChain).map((one) => new X509Certificate(one))

const signedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)

/**
 * The way from a certificate over some of `between` to one of `roots` (RFC 5280 6.1), dates apart; `undefined` when
 * there is none.
 */
export const chainToRoot = (
  first: X509Certificate,
  between: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): readonly X509Certificate[] | undefined => {
  const climb = (chain: readonly X509Certificate[], last: X509Certificate): typeof chain | undefined => {
    const root = roots.find((candidate) => signedBy(last, candidate))
    if (root) return [...chain, root]
    if (chain.length >= maxChain) return undefined
    for (const next of between) {
      const found = !chain.includes(next) && signedBy(last, next) ? climb([...chain, next], next) : undefined
      if (found) return found
    }
    return undefined
  }
  return climb([first], first)
}

/** RFC 5280 4.2.1.12: id-kp-serverAuth. */
const serverPurpose = '1.3.6.1.5.5.7.3.1'

const dateFaults: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])

const nameOf = ({ host, serverName }: DoorAddress) => serverName ?? host

type Chain = readonly X509Certificate[]

/** A TLS session with a fleet that had proved itself, and how it did. */
interface ProvenSession {
  readonly session: Buffer
  readonly chain: Chain
}

/**
 * The newest session of each set of credentials: going on with it spares both ends the certificates. Others in their
 * place begin anew, since the fleet is to see a new certificate, and the terminal to judge by new roots.
 */
const sessions = new WeakMap<Credentials, ProvenSession>()

const isCurrent = (chain: Chain, now: number | undefined): boolean =>
  now === undefined ||
  chain.every((one) => one.validFromDate.getTime() <= now && now <= one.validToDate.getTime())

/** Checks who is at the other end, dates apart, and gives the way to a root. Throws `UntrustedFleet`. */
const examine = (socket: TLSSocket, { address, ca }: Credentials): Chain => {
  // Whatever the types say, Node gives a code here.
  const verdict: unknown = socket.authorizationError
  if (!socket.authorized && !dateFaults.has(String(verdict))) {
    const distrust = verdict === 'ERR_TLS_CERT_ALTNAME_INVALID' ? 'name' : 'chain'
    throw new UntrustedFleet(distrust, { cause: verdict })
  }
  const leaf = socket.getPeerX509Certificate()
  if (!leaf) throw new UntrustedFleet('chain')
  const sent: X509Certificate[] = []
  for (let next = leaf.issuerCertificate; next && sent.length < maxChain; next = next.issuerCertificate) {
    sent.push(next)
  }
  const chain = chainToRoot(leaf, sent, readCertificates(ca))
  if (!chain) throw new UntrustedFleet('chain')
  const name = nameOf(address)
  const named = isIP(name) ? leaf.checkIP(name) : leaf.checkHost(name, { subject: 'never' })
  if (named === undefined) throw new UntrustedFleet('name')
  // Node calls the extended key usage so. A terminal's own certificate is good for a client alone.
  const purposes = chain.map(({ keyUsage }) => keyUsage as readonly string[] | undefined)
  if (leaf.ca || !purposes[0] || purposes.some((some) => some && !some.includes(serverPurpose))) {
    throw new UntrustedFleet('purpose')
  }
  return chain
}

/** How long a handshake may take, in milliseconds. */
const handshakeMs = 15_000

/** How a connection is opened. */
export interface Dial {
  /** The ALPN protocol (RFC 7301). */
  readonly protocol: string
  /** Without one, dates go unjudged. */
  readonly judge?: Judge
  readonly signal?: AbortSignal
}

/**
 * Opens a TLS connection to the fleet and gives it once the fleet has proved itself. Rejects with `UntrustedFleet`, the
 * socket's error, or the signal's reason.
 */
export const dialFleet = (credentials: Credentials, { protocol, judge, signal }: Dial): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const { address, ca, own } = credentials
    const name = nameOf(address)
    const kept = sessions.get(credentials)
    const resumable = kept && isCurrent(kept.chain, judge?.now()) ? kept : undefined
    const socket = connect({
      host: address.host,
      port: address.port,
      // RFC 6066 3: a server name is a name, never an address.
      servername: isIP(name) ? '' : name,
      ca,
      // The fleet knows its authorities: their certificates need not go over the line, nor stay in its memory.
      ...(own ? { key: own.key, cert: own.certificate.match(pem)?.[0] ?? own.certificate } : {}),
      ...(resumable ? { session: resumable.session } : {}),
      ALPNProtocols: [protocol],
      minVersion: 'TLSv1.2',
      rejectUnauthorized: false,
      // RFC 896 would hold a small report back until the other end's delayed acknowledgement: 40 ms each.
    }).setNoDelay(true)
    const settle = (act: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abandon)
      socket.off('error', refuse).off('close', refuse)
      act()
    }
    const refuse = (cause?: unknown) =>
      settle(() => {
        socket.on('error', () => {}).destroy()
        reject(cause instanceof Error ? cause : new Error('The connection was closed'))
      })
    const abandon = () => refuse(signal?.reason)
    const timer = setTimeout(() => refuse(new Error('The fleet does not answer')), handshakeMs)
    signal?.addEventListener('abort', abandon, { once: true })
    socket.once('error', refuse).once('close', refuse)
    // A session that a fleet of now cannot go on with must not stand in the way of the next try.
    socket.once('connect', () => sessions.delete(credentials))
    socket.once('secureConnect', () => {
      try {
        const resumed = socket.isSessionReused() ? resumable : undefined
        const chain = resumed?.chain ?? examine(socket, credentials)
        if (!isCurrent(chain, judge?.now())) throw new UntrustedFleet('dates')
        if (resumed) sessions.set(credentials, resumed)
        // Tickets of a new session come after the handshake (RFC 8446 4.6.1).
        socket.on('session', (session) => sessions.set(credentials, { session, chain }))
        settle(() => resolve(socket))
      } catch (thrown) {
        if (thrown instanceof UntrustedFleet && thrown.distrust === 'dates') judge?.doubt()
        refuse(thrown)
      }
    })
  })
