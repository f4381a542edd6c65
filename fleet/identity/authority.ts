import type { Peer } from '../broker/broker.ts'

/** What a terminal or a server proves itself with: PEM texts. The key is a secret. */
export interface Credentials {
  /** Private key, PKCS #8. */
  readonly key: string
  readonly certificate: string
  /** The certificate authority to trust at the other end. */
  readonly ca: string
}

/** Who says which terminal is which. How it issues and revokes is its own matter. */
export interface Authority {
  /** The certificates, PEM, that the terminals' door trusts. */
  readonly ca: string
  /** What the terminals' door shows. */
  readonly server: Credentials
  /** Whether the holder of this certificate may come in now; asked at each connection. */
  admits(peer: Peer): boolean
  /** Makes a key and a certificate for a terminal. Throws when `device` is not a device id. */
  issueTerminal(device: string, valid?: Validity): Promise<Credentials>
}

/** From when until when a certificate is valid. */
export interface Validity {
  readonly from: Date
  readonly until: Date
}
