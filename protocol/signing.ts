import { type Static, Type } from 'typebox'
import { canonical } from './canonical.ts'
import { Timestamp } from './envelope.ts'

/** The id of a signing key: the first 16 hexadecimal digits of the SHA-256 of its public key. */
const KeyId = Type.String({ pattern: '^[0-9a-f]{16}$' })

/** An Ed25519 signature (RFC 8032) and the key that made it. */
export const Signature = Type.Object(
  { key: KeyId, value: Type.String({ pattern: '^[A-Za-z0-9_-]{86}$', description: 'base64url' }) },
  {
    additionalProperties: false,
    description:
      'Of the fleet; a terminal neither acts on nor answers a message without one, or with a wrong one',
  },
)
export type Signature = Static<typeof Signature>

/**
 * The public keys with which the fleet signs, newest first. `signature` is that of the device authority's key over
 * `signedText.keys`: ECDSA P-256 with SHA-256, base64url of the 64 bytes of R and S (ES256, RFC 7518 3.4; `ieee-p1363`
 * in Node). `certificates` leads from it to the root. A list never takes the place of one that was issued later.
 */
export const SigningKeys = Type.Object(
  {
    keys: Type.Array(
      Type.Object(
        {
          id: KeyId,
          publicKey: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'raw, base64url' }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 5 },
    ),
    issuedAt: Timestamp,
    certificates: Type.String({ maxLength: 8192, description: 'PEM, the device authority first' }),
    signature: Type.String({ maxLength: 200 }),
  },
  { additionalProperties: false },
)
export type SigningKeys = Static<typeof SigningKeys>

/**
 * What the signature of a command covers; `inputSha256` is the hash of the input's canonical text, `sentAt` the
 * envelope's `ts`.
 */
export interface SignedCommand {
  readonly terminal: string
  readonly id: string
  readonly sentAt: number
  readonly name: string
  readonly inputSha256: string
  readonly issuedAt: number
  readonly expiresAt: number
  readonly deadlineMs: number
  readonly actor: string
  readonly visit?: string
}

/** What the signature of a cancellation covers. */
export interface SignedCancel {
  readonly terminal: string
  readonly id: string
}

/** What the signature of a desired configuration covers; `hash` is that of the document's canonical text. */
export interface SignedDesired {
  readonly terminal: string
  readonly version: number
  readonly hash: string
}

/** What the signature of the time covers. */
export interface SignedNow {
  readonly now: number
  readonly nonce: string
}

/** What the signature of the audit's head, or of a checkpoint before which entries were let go, covers. */
export interface SignedAuditEnd {
  /** The entry at which the chain stood, and its hash. */
  readonly number: number
  readonly hash: string
  readonly at: number
}

/** What the device authority's signature of the list of keys covers. */
export type SignedKeys = Pick<SigningKeys, 'keys' | 'issuedAt'>

/** The text that is signed. Its first member says what it is, so that no signature serves for another purpose. */
export const signedText = {
  command: (command: SignedCommand) => canonical({ ...command, is: 'avyl-command-1' }),
  cancel: (cancel: SignedCancel) => canonical({ ...cancel, is: 'avyl-cancel-1' }),
  desired: (desired: SignedDesired) => canonical({ ...desired, is: 'avyl-desired-1' }),
  time: (time: SignedNow) => canonical({ ...time, is: 'avyl-time-1' }),
  auditHead: ({ number, hash, at }: SignedAuditEnd) =>
    canonical({ number, hash, at, is: 'avyl-audit-head-1' }),
  auditCheckpoint: ({ number, hash, at }: SignedAuditEnd) =>
    canonical({ number, hash, at, is: 'avyl-audit-checkpoint-1' }),
  keys: ({ keys, issuedAt }: SignedKeys) => canonical({ keys, issuedAt, is: 'avyl-keys-1' }),
} as const
