import type { Signature, SigningKeys } from '../../protocol/signing.ts'

/** Who signs in the fleet's name. */
export interface Signer {
  /** Signs a text of `signedText` with the key in use. */
  sign(text: string): Signature
  /** The public keys with which the fleet signs and has signed, certified by the device authority. */
  readonly keys: SigningKeys
}
