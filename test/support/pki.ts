import 'reflect-metadata'
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign, webcrypto } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { type SigningKeys, signedText } from '../../protocol/signing.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }
const hour = 3_600_000

/** Who holds a certificate: PEM texts. */
export interface Holder {
  readonly key: string
  readonly certificate: string
}

/** What a certificate says; from an hour ago for a day unless told. */
export interface Wish {
  readonly name?: string
  readonly purpose?: 'server' | 'client' | 'none'
  readonly authority?: boolean
  /** Milliseconds since 1970. */
  readonly from?: number
  readonly until?: number
  /** In place of a new key. */
  readonly publicKey?: PublicKey
}

const importKey = (pem: string) =>
  webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pem), algorithm, false, ['sign'])

const purposes = { server: ExtendedKeyUsage.serverAuth, client: ExtendedKeyUsage.clientAuth }

/** A certificate by this issuer, or one that signs itself. */
export const issue = async (issuer: Holder | undefined, wish: Wish): Promise<Holder> => {
  const { name = 'localhost', purpose = 'none', authority = false } = wish
  const { from = Date.now() - hour, until = Date.now() + 24 * hour } = wish
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const publicKey = wish.publicKey ?? keys.publicKey
  const by = issuer && new X509Certificate(issuer.certificate)
  const certificate = await X509CertificateGenerator.create({
    serialNumber: `4${randomBytes(15).toString('hex')}`,
    subject: [{ CN: [name] }],
    issuer: by?.subject ?? [{ CN: [name] }],
    notBefore: new Date(from),
    notAfter: new Date(until),
    signingAlgorithm,
    publicKey,
    signingKey: issuer ? await importKey(issuer.key) : keys.privateKey,
    extensions: [
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(by?.publicKey ?? publicKey),
      new BasicConstraintsExtension(authority, undefined, true),
      new KeyUsagesExtension(
        authority
          ? KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature
          : KeyUsageFlags.digitalSignature,
        true,
      ),
      ...(purpose === 'none' ? [] : [new ExtendedKeyUsageExtension([purposes[purpose]])]),
      ...(authority
        ? []
        : [
            new SubjectAlternativeNameExtension([
              { type: 'dns', value: name },
              { type: 'ip', value: name === 'localhost' ? '127.0.0.1' : '127.0.0.9' },
            ]),
          ]),
    ],
  })
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    key: PemConverter.encode(der, PemConverter.PrivateKeyTag),
    certificate: `${certificate.toString('pem')}\n`,
  }
}

/** The public key of a certificate, PEM. */
export const keyOfCertificate = (certificate: string): PublicKey => new X509Certificate(certificate).publicKey

/** The public key of a request whose signature holds. Throws for any other. */
export const keyOfRequest = async (csr: string): Promise<PublicKey> => {
  const request = new Pkcs10CertificateRequest(csr)
  if (!(await request.verify())) throw new Error('The request is not signed by its key')
  return request.publicKey
}

/** A root, a device authority below it, and a server of that authority under the name of this machine. */
export const makePki = async (times: Pick<Wish, 'from' | 'until'> = {}) => {
  const root = await issue(undefined, { name: 'Test root', authority: true, ...times })
  const devices = await issue(root, { name: 'Test devices', authority: true, ...times })
  const server = await issue(devices, { purpose: 'server', ...times })
  return { root, devices, server }
}
export type Pki = Awaited<ReturnType<typeof makePki>>

/** An Ed25519 key with which a fleet signs. */
export const makeSigningKey = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'jwk' }).x ?? ''
  const id = createHash('sha256').update(Buffer.from(raw, 'base64url')).digest('hex').slice(0, 16)
  return {
    id,
    publicKey: raw,
    sign: (text: string) => ({
      key: id,
      value: sign(null, Buffer.from(text), privateKey).toString('base64url'),
    }),
  }
}
export type SigningKey = ReturnType<typeof makeSigningKey>

/** The list of these keys, certified by an authority whose certificates lead to its root. */
export const certifyKeys = (
  authority: Holder,
  certificates: string,
  keys: readonly SigningKey[],
  issuedAt: number,
): SigningKeys => {
  const list = { keys: keys.map(({ id, publicKey }) => ({ id, publicKey })), issuedAt }
  const key = createPrivateKey(authority.key)
  const bytes = sign('sha256', Buffer.from(signedText.keys(list)), { key, dsaEncoding: 'ieee-p1363' })
  return { ...list, certificates, signature: bytes.toString('base64url') }
}
