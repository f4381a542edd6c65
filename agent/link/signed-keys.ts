import { createHash, createPublicKey, type KeyObject, verify as verifySignature } from 'node:crypto'
import { type Signature, type SigningKeys, signedText } from '../../protocol/signing.ts'
import { chainToRoot, readCertificates } from './trust.ts'

/** The fleet's list of keys does not lead to a root of this terminal. */
export class UntrustedKeys extends Error {
  override readonly name = 'UntrustedKeys'
  constructor() {
    super('The signing keys are not certified by the fleet')
  }
}

/** Whether one of the keys made a signature over this text. */
export type IsSigned = (text: string, signature: Signature) => boolean

/** An Ed25519 key from its 32 bytes (RFC 8037 2). */
const publicKeyOf = (raw: string): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw }, format: 'jwk' })

const idOf = (raw: string): string =>
  createHash('sha256').update(Buffer.from(raw, 'base64url')).digest('hex').slice(0, 16)

/**
 * Opens a list of keys that the device authority has certified up to one of `roots` (PEM). Dates are not judged, since
 * the time itself is proved so. Throws `UntrustedKeys`.
 */
export const openKeys = (list: SigningKeys, roots: string): IsSigned => {
  const [authority, ...between] = readCertificates(list.certificates)
  const certified =
    authority?.ca &&
    chainToRoot(authority, between, readCertificates(roots)) &&
    verifySignature(
      'sha256',
      Buffer.from(signedText.keys(list)),
      { key: authority.publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(list.signature, 'base64url'),
    )
  if (!certified) throw new UntrustedKeys()
  const keys = new Map(
    list.keys
      .filter(({ id, publicKey }) => id === idOf(publicKey))
      .map(({ id, publicKey }) => [id, publicKeyOf(publicKey)]),
  )
  return (text, { key, value }) => {
    const publicKey = keys.get(key)
    return (
      publicKey !== undefined &&
      verifySignature(null, Buffer.from(text), publicKey, Buffer.from(value, 'base64url'))
    )
  }
}
