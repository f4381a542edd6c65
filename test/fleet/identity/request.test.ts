import { webcrypto } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeRequest } from '../../../fleet/identity/certificates.ts'
import { RequestInvalid, readRequest } from '../../../fleet/identity/request.ts'

// After the modules above, which make the ground that this library stands on.
const { Pkcs10CertificateRequest, Pkcs10CertificateRequestGenerator } = await import('@peculiar/x509')

const aRequest = suite('a request for a certificate')

const make = async (
  key: webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams | webcrypto.Algorithm,
  signingAlgorithm: { name: string; hash: string } | { name: string },
): Promise<string> => {
  const keys = (await webcrypto.subtle.generateKey(key, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  const request = await Pkcs10CertificateRequestGenerator.create({ name: 'CN=x', keys, signingAlgorithm })
  return request.toString('pem')
}
const pemOf = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE REQUEST-----`

const derOf = (pem: string): Buffer => Buffer.from(new Pkcs10CertificateRequest(pem).rawData)

const refused = async (text: string): Promise<boolean> => {
  try {
    await readRequest(text)
    return false
  } catch (thrown) {
    return thrown instanceof RequestInvalid
  }
}

aRequest('is read for its key, whose hash does not depend on the request', async () => {
  const { request } = await makeRequest('x')
  const { keySha256 } = await readRequest(request)
  assert.match(keySha256, /^[0-9a-f]{64}$/)
  assert.is((await readRequest(`\n${request}\n`)).keySha256, keySha256)
})

aRequest('is for a P-256 key, signed with SHA-256', async () => {
  const ec = (namedCurve: string) => ({ name: 'ECDSA', namedCurve })
  const sha = (name: string, hash: string) => ({ name, hash })
  const rsa = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  }
  assert.not(await refused(await make(ec('P-256'), sha('ECDSA', 'SHA-256'))))
  assert.ok(await refused(await make(ec('P-384'), sha('ECDSA', 'SHA-256'))))
  assert.ok(await refused(await make(ec('P-256'), sha('ECDSA', 'SHA-512'))))
  assert.ok(await refused(await make(rsa, sha('RSASSA-PKCS1-v1_5', 'SHA-256'))))
  assert.ok(await refused(await make({ name: 'Ed25519' }, { name: 'Ed25519' })))
})

aRequest('is signed by its own key: no change of a byte brings in another one', async () => {
  const { request } = await makeRequest('a name')
  const { keySha256 } = await readRequest(request)
  const whole = derOf(request)
  for (let at = 0; at < whole.length; at += 1) {
    const changed = Buffer.from(whole)
    changed[at] = (changed[at] ?? 0) ^ 1
    const read = await readRequest(pemOf(changed)).catch(() => undefined)
    assert.ok(read === undefined || read.keySha256 === keySha256, `byte ${at}`)
  }
  const [signed, signature] = [Buffer.from(whole), whole.length - 8]
  signed[signature] = (signed[signature] ?? 0) ^ 1
  assert.ok(await refused(pemOf(signed)))
})

aRequest('with another key in the place of its own is refused', async () => {
  const [one, other] = await Promise.all([makeRequest('x'), makeRequest('x')])
  const [own, foreign] = [derOf(one.request), derOf(other.request)]
  const marker = Buffer.from('03420004', 'hex')
  const key = foreign.subarray(foreign.indexOf(marker), foreign.indexOf(marker) + 68)
  key.copy(own, own.indexOf(marker))
  assert.ok(await refused(pemOf(own)))
})

aRequest('is one text of an honest size', async () => {
  const { request } = await makeRequest('x')
  const texts = [
    '',
    'x',
    request + request,
    request.replace('REQUEST', 'REQUESTS'),
    request.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE'),
    `${' '.repeat(8192)}${request}`,
    pemOf(Buffer.alloc(5000, 0x30)),
    pemOf(Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff])),
    pemOf(Buffer.alloc(4000, Buffer.from([0x30, 0x80]))),
    pemOf(derOf(request).subarray(0, 100)),
  ]
  for (const [number, text] of texts.entries()) assert.ok(await refused(text), `text ${number}`)
})

aRequest.run()
