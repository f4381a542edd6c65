import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { join } from 'node:path'
import { Check } from 'typebox/value'
import type { Verifier } from '../../agent/identity/verifier.ts'
import type { Clock } from '../../fleet/clock.ts'
import { Keyring } from '../../fleet/signing/keyring.ts'
import { signCancel, signCommand } from '../../fleet/signing/messages.ts'
import type { SigningKey } from '../../fleet/signing/ring.ts'
import type { Signer } from '../../fleet/signing/signer.ts'
import { CancelMessage, CommandMessage } from '../../protocol/messages.ts'
import type { Unsigned } from '../../protocol/signed-messages.ts'
import type { SigningKeys } from '../../protocol/signing.ts'
import { scratch, silent } from './agent-parts.ts'

/** An Ed25519 key that is made of one byte, the same in every process. PKCS #8 as RFC 8410 7 has it. */
const fixedKey = (seed: number): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)]),
    format: 'der',
    type: 'pkcs8',
  })

const halves = (seed: number) => {
  const privateKey = fixedKey(seed)
  const publicKey = createPublicKey(privateKey)
  const raw = publicKey.export({ format: 'jwk' }).x ?? ''
  const id = createHash('sha256').update(Buffer.from(raw, 'base64url')).digest('hex').slice(0, 16)
  return { id, raw, privateKey, publicKey }
}

/** A fleet that signs with a key that every test knows; another `seed` is another fleet. */
export const testSigner = (seed = 1): Signer => {
  const { id, raw, privateKey } = halves(seed)
  return signerWith({ id, publicKey: raw, privateKey })
}

/** Whoever holds this key; nobody certified it. */
export const signerWith = ({
  id,
  publicKey,
  privateKey,
}: Pick<SigningKey, 'id' | 'publicKey' | 'privateKey'>): Signer => ({
  sign(text) {
    if (!privateKey) throw new Error('This key signs no more')
    return { key: id, value: sign(null, Buffer.from(text), privateKey).toString('base64url') }
  },
  keys: { keys: [{ id, publicKey }], issuedAt: 0, certificates: '', signature: '' },
})

/** A verifier that knows the keys of such fleets, the first one's unless told; `learn` gives it another list. */
export const testVerifier = (...seeds: readonly number[]): Verifier & { learn(keys: SigningKeys): void } => {
  const known = new Map(
    (seeds.length > 0 ? seeds : [1]).map((seed) => [halves(seed).id, halves(seed).publicKey]),
  )
  return {
    async verify(text, { key, value }) {
      const publicKey = known.get(key)
      return (
        publicKey !== undefined && verify(null, Buffer.from(text), publicKey, Buffer.from(value, 'base64url'))
      )
    },
    learn({ keys }) {
      known.clear()
      for (const { id, publicKey: x } of keys) {
        known.set(id, createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }))
      }
    },
  }
}

/** A real keyring in a folder of its own, whose lists nobody certifies. */
export const testKeyring = async (clock: Clock): Promise<Keyring> => {
  const keyring = new Keyring({
    ...{ file: join(scratch(), 'signing-keys'), key: Buffer.alloc(32, 7), clock, log: silent },
    certify: () => ({ signature: '', certificates: '' }),
  })
  await keyring.start()
  return keyring
}

/** The command as a fleet with the test's key sends it to this terminal. */
export const signedCommand = (
  terminal: string,
  message: Unsigned<CommandMessage>,
  signer: Signer = testSigner(),
): CommandMessage => signCommand(signer, terminal, message)

/** The cancellation of a command, likewise. */
export const signedCancel = (
  terminal: string,
  { v, ts, boot, run, seq, id }: Unsigned<CancelMessage>,
  signer: Signer = testSigner(),
): CancelMessage => signCancel(signer, terminal, { v, ts, boot, run, seq, id })

/** A body as a fleet sends it to this terminal; signed only when it is a message. */
export const signedBody = (terminal: string, body: object, signer: Signer): object => {
  if (Check(CommandMessage, body)) return signedCommand(terminal, body, signer)
  return Check(CancelMessage, body) ? signedCancel(terminal, body, signer) : body
}
