import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { keyFingerprint } from '../../protocol/fingerprint.ts'

/** A key that waits for its certificate. */
export interface Candidate {
  /** Private key, PKCS #8 PEM: it never leaves this terminal. */
  readonly key: string
  /** The request for its certificate, PKCS #10 PEM: the same one is sent until it is answered. */
  readonly csr: string
}

/** One element of DER (X.690 8.1, 10.1). */
const der = (tag: number, ...contents: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(contents)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const [integer, bitString, oid, utf8, sequence, set, attributes] = [0x02, 0x03, 0x06, 0x0c, 0x30, 0x31, 0xa0]
/** id-at-commonName, 2.5.4.3. */
const commonName = der(oid, Buffer.from('550403', 'hex'))
/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2 (RFC 5758 3.2). */
const ecdsaWithSha256 = der(oid, Buffer.from('2a8648ce3d040302', 'hex'))

/**
 * A PKCS #10 request (RFC 2986 4), signed with the key itself. The fleet alone decides the name in the certificate:
 * here it is only what RFC 2986 wants to see. A library for it would take 20 MB of an agent's 70.
 */
const makeRequest = (key: string): string => {
  const privateKey = createPrivateKey(key)
  const name = der(sequence, der(set, der(sequence, commonName, der(utf8, Buffer.from('avyl terminal')))))
  const info = der(
    sequence,
    der(integer, Buffer.from([0])),
    name,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    der(attributes),
  )
  const signature = der(bitString, Buffer.from([0]), sign('sha256', info, privateKey))
  const lines = der(sequence, info, der(sequence, ecdsaWithSha256), signature)
    .toString('base64')
    .match(/.{1,64}/g)
  return [
    '-----BEGIN CERTIFICATE REQUEST-----',
    ...(lines ?? []),
    '-----END CERTIFICATE REQUEST-----',
    '',
  ].join('\n')
}

/** Makes a P-256 key and the request for its certificate. */
export const makeCandidate = (): Candidate => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { key, csr: makeRequest(key) }
}

/** The fingerprint of a private key's public half. */
export const fingerprintOf = (key: string): string => {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return keyFingerprint(createHash('sha256').update(spki).digest())
}
