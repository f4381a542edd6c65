import { createHash, createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto'
import { type Signature, type SigningKeys, signedText } from '../../protocol/signing.ts'

/** The list of keys does not lead to one of the roots. */
export class UncertifiedKeys extends Error {
  override readonly name = 'UncertifiedKeys'

  constructor(options?: ErrorOptions) {
    super('The signing keys are not certified by the device authority', options)
  }
}

/** Whether one of the keys of a list signed this text. */
export type IsSigned = (text: string, signature: Signature) => boolean

const certificatesIn = (pem: string): X509Certificate[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (text) => new X509Certificate(text),
  )

/** INVARIANT: every step from the authority up to a root is an authority's signature. */
const leadsTo = (
  authority: X509Certificate,
  between: X509Certificate[],
  roots: X509Certificate[],
): boolean => {
  if (!authority.ca) return false
  if (roots.some((root) => root.raw.equals(authority.raw))) return true
  const isBy = (issuer: X509Certificate) =>
    issuer.ca && authority.checkIssued(issuer) && authority.verify(issuer.publicKey)
  if (roots.some(isBy)) return true
  const next = between.find(isBy)
  return (
    next !== undefined &&
    leadsTo(
      next,
      between.filter((other) => other !== next),
      roots,
    )
  )
}

/** An Ed25519 key from its 32 bytes (RFC 8037 2), where `id` is its id. */
const keyOf = (id: string, raw: string): readonly [string, KeyObject] => {
  const digest = createHash('sha256').update(Buffer.from(raw, 'base64url')).digest('hex')
  if (digest.slice(0, 16) !== id) throw new UncertifiedKeys()
  return [id, createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw }, format: 'jwk' })]
}

/**
 * Opens a list of keys that the device authority has certified up to one of `roots` (PEM). Dates are not judged: what
 * was signed while the certificates held is verified years later. Throws `UncertifiedKeys`.
 */
export const openCertifiedKeys = (list: SigningKeys, roots: string): IsSigned => {
  try {
    const [authority, ...between] = certificatesIn(list.certificates)
    if (!authority || !leadsTo(authority, between, certificatesIn(roots))) throw new UncertifiedKeys()
    const text = Buffer.from(signedText.keys(list))
    const by = { key: authority.publicKey, dsaEncoding: 'ieee-p1363' } as const
    if (!verify('sha256', text, by, Buffer.from(list.signature, 'base64url'))) throw new UncertifiedKeys()
    const keys = new Map(list.keys.map(({ id, publicKey }) => keyOf(id, publicKey)))
    return (signed, { key, value }) => {
      const publicKey = keys.get(key)
      const bytes = Buffer.from(value, 'base64url')
      // One signature has one text: bits that base64url leaves over are not another one.
      if (publicKey === undefined || bytes.toString('base64url') !== value) return false
      return verify(null, Buffer.from(signed), publicKey, bytes)
    }
  } catch (cause) {
    throw cause instanceof UncertifiedKeys ? cause : new UncertifiedKeys({ cause })
  }
}
