import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequestGenerator,
  type PublicKeyType,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }

/** From when until when a certificate is valid. */
export interface Validity {
  readonly from: Date
  readonly until: Date
}

/** A private key (PKCS #8) and what belongs to it, both PEM. The key is a secret. */
export interface KeyAndCertificate {
  readonly key: string
  readonly certificate: string
}

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

/** An authority may have so many authorities below it, one after another (RFC 5280 4.2.1.9). */
const authorityExtensions = (below: number): Extension[] => [
  new BasicConstraintsExtension(true, below, true),
  new KeyUsagesExtension(
    KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature,
    true,
  ),
]

/** A new root: its private key and its certificate. */
export const makeRoot = async (name: string, valid: Validity): Promise<KeyAndCertificate> => {
  const keys = await makeKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [name] }],
    notBefore: valid.from,
    notAfter: valid.until,
    signingAlgorithm,
    keys,
    extensions: [...authorityExtensions(1), await SubjectKeyIdentifierExtension.create(keys.publicKey)],
  })
  return { key: await keyPem(keys.privateKey), certificate: certificate.toString('pem') }
}

/** A new key and a PKCS #10 request (RFC 2986) for it, both PEM. */
export const makeRequest = async (name: string): Promise<{ key: string; request: string }> => {
  const keys = await makeKeys()
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [name] }],
    signingAlgorithm,
    keys,
  })
  return { key: await keyPem(keys.privateKey), request: request.toString('pem') }
}

/** Reads back a key and its certificate. Throws when it is no key or no certificate. */
export const readIssuer = async ({ key, certificate }: KeyAndCertificate): Promise<Issuer> => ({
  key: await webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(key), keyAlgorithm, false, [
    'sign',
  ]),
  certificate: new X509Certificate(certificate),
})

const issue = async (
  issuer: Issuer,
  name: string,
  publicKey: PublicKeyType,
  valid: Validity,
  extensions: Extension[],
): Promise<string> => {
  const { subject, notAfter, publicKey: issuerKey } = issuer.certificate
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [name] }],
    issuer: subject,
    notBefore: valid.from,
    // Nothing outlives the authority that vouches for it.
    notAfter: new Date(Math.min(valid.until.getTime(), notAfter.getTime())),
    signingAlgorithm,
    publicKey,
    signingKey: issuer.key,
    extensions: [
      ...extensions,
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(issuerKey),
    ],
  })
  return certificate.toString('pem')
}

const leafExtensions = [
  new BasicConstraintsExtension(false, undefined, true),
  new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
]

/** The certificate, PEM, of an authority that issues to terminals and servers and makes no further authorities. */
export const issueAuthority = (
  root: Issuer,
  name: string,
  publicKey: PublicKeyType,
  valid: Validity,
): Promise<string> => issue(root, name, publicKey, valid, authorityExtensions(0))

/** A certificate, PEM, that names a terminal and is good for a client alone. */
export const issueClient = (
  issuer: Issuer,
  device: string,
  publicKey: PublicKeyType,
  valid: Validity,
): Promise<string> =>
  issue(issuer, device, publicKey, valid, [
    ...leafExtensions,
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
    new SubjectAlternativeNameExtension([{ type: 'url', value: `urn:avyl:terminal:${device}` }]),
  ])

/** As `issueClient`, with a key made here: for terminals that are simulated. */
export const makeClient = async (
  issuer: Issuer,
  device: string,
  valid: Validity,
): Promise<KeyAndCertificate> => {
  const keys = await makeKeys()
  return {
    key: await keyPem(keys.privateKey),
    certificate: await issueClient(issuer, device, keys.publicKey, valid),
  }
}

/** A key and a certificate for a server under these DNS names and IP addresses. */
export const makeServer = async (
  issuer: Issuer,
  names: readonly string[],
  addresses: readonly string[],
  valid: Validity,
): Promise<KeyAndCertificate> => {
  const keys = await makeKeys()
  const certificate = await issue(issuer, names[0] ?? addresses[0] ?? 'localhost', keys.publicKey, valid, [
    ...leafExtensions,
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension([
      ...names.map((value) => ({ type: 'dns' as const, value })),
      ...addresses.map((value) => ({ type: 'ip' as const, value })),
    ]),
  ])
  return { key: await keyPem(keys.privateKey), certificate }
}
