import 'reflect-metadata'
import { createHash } from 'node:crypto'
import { Pkcs10CertificateRequest, type PublicKey } from '@peculiar/x509'
import { Type } from 'typebox'
import { Check } from 'typebox/value'

/** A text that is no request for a certificate which the fleet could issue. */
export class RequestInvalid extends Error {
  override readonly name = 'RequestInvalid'
}

/** What is used of a request: its key, of which the sender has proved that it holds the private half. */
export interface CertificateRequest {
  readonly publicKey: PublicKey
  /** SHA-256 of its SubjectPublicKeyInfo, in lower-case hexadecimal. */
  readonly keySha256: string
}

/** A request for a P-256 key with a name is a third of a kilobyte. */
const maxDerBytes = 4096

const pem =
  /^\s*-----BEGIN CERTIFICATE REQUEST-----([A-Za-z0-9+/=\r\n]{1,8000})-----END CERTIFICATE REQUEST-----\s*$/

/** How the SubjectPublicKeyInfo of an uncompressed P-256 key begins (RFC 5480 2.1); 65 bytes of the point follow. */
const p256 = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex')

/** SHA-256 of a public key's SubjectPublicKeyInfo (DER). */
export const keySha256Of = (publicKey: PublicKey): string =>
  createHash('sha256').update(new Uint8Array(publicKey.rawData)).digest('hex')

const isP256 = (publicKey: PublicKey): boolean => {
  const bytes = Buffer.from(publicKey.rawData)
  return bytes.length === p256.length + 65 && bytes.subarray(0, p256.length).equals(p256)
}

const EcdsaSha256 = Type.Object({
  name: Type.Literal('ECDSA'),
  hash: Type.Object({ name: Type.Literal('SHA-256') }),
})

/**
 * Reads a PKCS #10 request (RFC 2986), PEM. Nothing in it counts but its key: name and extensions are the fleet's to
 * choose. Throws `RequestInvalid` when it is not exactly one request of an honest size, for a P-256 key, signed by that
 * key.
 */
export const readRequest = async (text: string): Promise<CertificateRequest> => {
  const [, base64 = ''] = text.length <= 8192 ? (pem.exec(text) ?? []) : []
  const der = Buffer.from(base64, 'base64')
  if (der.length === 0 || der.length > maxDerBytes) throw new RequestInvalid('Not one PKCS #10 request')
  try {
    const request = new Pkcs10CertificateRequest(der)
    const { publicKey } = request
    if (!isP256(publicKey)) throw new RequestInvalid('The key is not a P-256 key')
    if (!Check(EcdsaSha256, request.signatureAlgorithm)) throw new RequestInvalid('Not signed with SHA-256')
    if (!(await request.verify())) throw new RequestInvalid('The request is not signed by its key')
    return { publicKey, keySha256: keySha256Of(publicKey) }
  } catch (thrown) {
    if (thrown instanceof RequestInvalid) throw thrown
    throw new RequestInvalid('The request cannot be read', { cause: thrown })
  }
}
