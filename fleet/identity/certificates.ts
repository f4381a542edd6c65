import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { Credentials, Validity } from './authority.ts'

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }

/** A certificate authority's own key and certificate (RFC 5280). */
export interface Issuer {
  readonly key: webcrypto.CryptoKey
  readonly certificate: X509Certificate
}

const makeKeys = () => webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])

const keyPem = async (key: webcrypto.CryptoKey): Promise<string> =>
  PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), PemConverter.PrivateKeyTag)

/** Positive and 128 bits of chance, as RFC 5280 4.1.2.2 wants it. */
const serialNumber = (): string => {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}

/** A new root: its private key and its certificate, both PEM. */
export const makeRoot = async (
  name: string,
  valid: Validity,
): Promise<{ key: string; certificate: string }> => {
  const keys = await makeKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [name] }],
    notBefore: valid.from,
    notAfter: valid.until,
    signingAlgorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })
  return { key: await keyPem(keys.privateKey), certificate: certificate.toString('pem') }
}

/** Reads back what `makeRoot` gave. Throws when it is no key or no certificate. */
export const readIssuer = async (key: string, certificate: string): Promise<Issuer> => ({
  key: await webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(key), keyAlgorithm, false, [
    'sign',
  ]),
  certificate: new X509Certificate(certificate),
})

const issue = async (
  issuer: Issuer,
  name: string,
  valid: Validity,
  extensions: Extension[],
): Promise<Credentials> => {
  const keys = await makeKeys()
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [name] }],
    issuer: issuer.certificate.subject,
    notBefore: valid.from,
    notAfter: valid.until,
    signingAlgorithm,
    publicKey: keys.publicKey,
    signingKey: issuer.key,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      ...extensions,
    ],
  })
  return {
    key: await keyPem(keys.privateKey),
    certificate: certificate.toString('pem'),
    ca: issuer.certificate.toString('pem'),
  }
}

/** A certificate that names a terminal and is good for a client alone. */
export const issueClient = (issuer: Issuer, device: string, valid: Validity): Promise<Credentials> =>
  issue(issuer, device, valid, [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
    new SubjectAlternativeNameExtension([{ type: 'url', value: `urn:avyl:terminal:${device}` }]),
  ])

/** A certificate for a server under these names and addresses. */
export const issueServer = (
  issuer: Issuer,
  names: readonly string[],
  addresses: readonly string[],
  valid: Validity,
): Promise<Credentials> =>
  issue(issuer, names[0] ?? 'localhost', valid, [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension([
      ...names.map((value) => ({ type: 'dns' as const, value })),
      ...addresses.map((value) => ({ type: 'ip' as const, value })),
    ]),
  ])
