import { createHash, sign, X509Certificate } from 'node:crypto'
import type { PublicKey } from '@peculiar/x509'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { Credentials } from './authority.ts'
import { type DeviceAuthority, openAuthorityFolder } from './authority-folder.ts'
import {
  type Issuer,
  issueClient,
  type KeyAndCertificate,
  makeClient,
  makeServer,
  readIssuer,
  type Validity,
} from './certificates.ts'
import { dayMs, hourMs, serverDays, terminalDays, validFor } from './validity.ts'

/** A certificate that was issued to a terminal. */
export interface Issued {
  /** Of the certificate, in lower-case hexadecimal. */
  readonly serialNumber: string
  readonly sha256: string
  /** SHA-256 of its public key's SubjectPublicKeyInfo. */
  readonly keySha256: string
  /** The device authority that issued it. */
  readonly issuer: string
  readonly issuedAt: number
  readonly expiresAt: number
  /** The terminal's certificate, then its device authority's. */
  readonly pem: string
}

/** Under what names and addresses terminals find the door. */
export interface DoorNames {
  readonly names: readonly string[]
  readonly addresses: readonly string[]
}

export interface DeviceAuthoritiesParts {
  readonly folder: string
  readonly door: DoorNames
  readonly clock: Clock
  readonly log: Logger
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const idOf = ({ x509 }: DeviceAuthority): string => x509.serialNumber.toLowerCase()

const describe = (pem: string, authority: DeviceAuthority, issuedAt: number): Issued => {
  const { raw, serialNumber, validToDate, publicKey } = new X509Certificate(pem)
  return {
    serialNumber: serialNumber.toLowerCase(),
    sha256: sha256(raw),
    keySha256: sha256(publicKey.export({ type: 'spki', format: 'der' })),
    issuer: idOf(authority),
    issuedAt,
    expiresAt: validToDate.getTime(),
    pem: `${pem.trim()}\n${authority.x509}`,
  }
}

/**
 * The online authorities of the fleet. While there are two, the newest issues to terminals, and the oldest vouches for
 * the door and the signing keys: that one every terminal trusts already.
 */
export class DeviceAuthorities {
  readonly #parts: DeviceAuthoritiesParts
  readonly #listeners = new Set<() => void>()
  #authorities: readonly DeviceAuthority[] = []
  #roots = ''
  #issuer: Issuer | undefined
  #server: (KeyAndCertificate & { readonly ca: string }) | undefined
  #stopWatching = () => {}

  constructor(parts: DeviceAuthoritiesParts) {
    this.#parts = parts
  }

  /** Opens the folder and makes the door's certificate. Throws `AuthorityProblem`. */
  async start(): Promise<void> {
    const { folder, clock, log } = this.#parts
    const { authorities, roots, made } = await openAuthorityFolder(folder, clock.now())
    if (made) log.warn('a root and a device authority were made here, for development only')
    this.#authorities = authorities
    this.#roots = roots.join('')
    this.#issuer = await readIssuer(this.#newest)
    await this.#makeServer()
    this.#stopWatching = clock.every(hourMs, () => {
      this.#tendServer().catch((error: unknown) =>
        log.error({ err: error }, 'the door has no new certificate'),
      )
    })
  }

  stop(): void {
    this.#stopWatching()
  }

  /** Every root that a terminal shall trust, PEM. */
  get ca(): string {
    return this.#roots
  }

  /** The authorities whose terminals may come in, PEM. */
  get issuers(): string[] {
    return this.#authorities.map(({ x509 }) => x509.toString())
  }

  /** What the door shows: its certificate, then its authority's. */
  get server(): Credentials {
    if (!this.#server) throw new Error('The authority is not started')
    return this.#server
  }

  /** Calls back when `server` is a new one, until the returned function is called. */
  onServer(act: () => void): () => void {
    this.#listeners.add(act)
    return () => this.#listeners.delete(act)
  }

  /** Whether what this authority issued still counts. */
  trusts(issuer: string): boolean {
    return this.#authorities.some((authority) => idOf(authority) === issuer)
  }

  /** A certificate for this key of a terminal, from the newest authority. */
  async issue(device: string, publicKey: PublicKey): Promise<Issued> {
    const now = this.#parts.clock.now()
    const pem = await issueClient(this.#issuing, device, publicKey, validFor(now, terminalDays))
    return describe(pem, this.#newest, now)
  }

  /** As `issue`, with a key made here. */
  async make(device: string, valid?: Validity): Promise<Issued & Pick<KeyAndCertificate, 'key'>> {
    const now = this.#parts.clock.now()
    const made = await makeClient(this.#issuing, device, valid ?? validFor(now, terminalDays))
    return { ...describe(made.certificate, this.#newest, now), key: made.key }
  }

  /** The authority's word on a text (ES256, RFC 7518 3.4: base64url of R and S), and its chain to the root, PEM. */
  signKeys(text: string): { signature: string; certificates: string } {
    const { key, x509, root } = this.#oldest
    return {
      signature: sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url'),
      certificates: `${x509}${root}`,
    }
  }

  get #issuing(): Issuer {
    if (!this.#issuer) throw new Error('The authority is not started')
    return this.#issuer
  }

  get #newest(): DeviceAuthority {
    return this.#at(0)
  }

  get #oldest(): DeviceAuthority {
    return this.#at(-1)
  }

  #at(index: number): DeviceAuthority {
    const authority = this.#authorities.at(index)
    if (!authority) throw new Error('The authority is not started')
    return authority
  }

  async #makeServer(): Promise<void> {
    const { door, clock } = this.#parts
    const valid = validFor(clock.now(), serverDays.whole)
    const { key, certificate } = await makeServer(
      await readIssuer(this.#oldest),
      door.names,
      door.addresses,
      valid,
    )
    this.#server = { key, certificate: `${certificate.trim()}\n${this.#oldest.x509}`, ca: this.#roots }
  }

  async #tendServer(): Promise<void> {
    const { validToDate } = new X509Certificate(this.server.certificate)
    if (validToDate.getTime() - this.#parts.clock.now() > serverDays.left * dayMs) return
    await this.#makeServer()
    for (const act of this.#listeners) act()
  }
}
