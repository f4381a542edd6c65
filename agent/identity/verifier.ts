import type { Signature } from '../../protocol/signing.ts'

/** Whether the fleet signed a text. */
export interface Verifier {
  /**
   * Whether `signature` is the fleet's over this text (`signedText`). A key that is not known yet is asked for, which
   * may take some seconds; `false` when it cannot be had. Never rejects.
   */
  verify(text: string, signature: Signature): Promise<boolean>
}
