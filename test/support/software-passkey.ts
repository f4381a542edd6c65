import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** One authenticator with one passkey, by the letter of WebAuthn level 3: P-256, attestation `none`. */
export class SoftwarePasskey {
  /** Where the browser believes to be. */
  origin: string
  counter = 0
  /** Whether a finger or a PIN was verified. */
  verified = true
  readonly #host: string
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly #id = randomBytes(16)

  constructor(origin: string) {
    this.origin = origin
    this.#host = new URL(origin).hostname
  }

  /** The answer to what the fleet needs to make a passkey (7.1). */
  create({ challenge }: { readonly challenge: string }) {
    const jwk = this.#keys.publicKey.export({ format: 'jwk' })
    const x = Buffer.from(jwk.x ?? '', 'base64url')
    const y = Buffer.from(jwk.y ?? '', 'base64url')
    // COSE (RFC 9052): a map of kty: EC2, alg: ES256, crv: P-256, x, y.
    const cose = Buffer.concat([
      Buffer.from('a5010203262001215820', 'hex'),
      x,
      Buffer.from('225820', 'hex'),
      y,
    ])
    const idLength = Buffer.from([0, this.#id.length])
    const data = Buffer.concat([this.#authenticatorData(0x40), Buffer.alloc(16), idLength, this.#id, cose])
    const head = Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746158', 'hex')
    const attestationObject = Buffer.concat([head, Buffer.from([data.length]), data])
    return this.#answer(this.#clientData('webauthn.create', challenge), {
      attestationObject: attestationObject.toString('base64url'),
      transports: ['internal'],
    })
  }

  /** The answer to a question for a passkey (7.2). */
  get({ challenge }: { readonly challenge: string }) {
    this.counter += 1
    const client = this.#clientData('webauthn.get', challenge)
    const data = this.#authenticatorData(0)
    const signed = Buffer.concat([data, createHash('sha256').update(client).digest()])
    return this.#answer(client, {
      authenticatorData: data.toString('base64url'),
      signature: sign('sha256', signed, this.#keys.privateKey).toString('base64url'),
    })
  }

  #authenticatorData(more: number): Buffer {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(this.counter)
    const flags = Buffer.from([0x01 | (this.verified ? 0x04 : 0) | more])
    return Buffer.concat([createHash('sha256').update(this.#host).digest(), flags, counter])
  }

  #clientData(type: string, challenge: string): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.origin, crossOrigin: false }))
  }

  #answer(client: Buffer, more: Record<string, unknown>) {
    const id = this.#id.toString('base64url')
    const response = { clientDataJSON: client.toString('base64url'), ...more }
    return { id, rawId: id, type: 'public-key' as const, response, clientExtensionResults: {} }
  }
}
