import { type Static, Type } from 'typebox'
import { Timestamp } from '../../protocol/envelope.ts'
import { Signature } from '../../protocol/signing.ts'

/** One act of a person or a token, chained to the one before it. */
export const AuditEntry = Type.Object(
  {
    /** Counts from 1 without a gap. */
    number: Type.Integer({ minimum: 1 }),
    at: Timestamp,
    /** The id of who acted, and by what. */
    actor: Type.String(),
    by: Type.Enum(['session', 'token', 'nobody', 'fleet']),
    /** The operation, as the OpenAPI document names it. */
    action: Type.String(),
    /** What it was done to: a terminal's, a command's, a user's id. */
    subject: Type.Optional(Type.String()),
    /** `begun` before anything was done; then `done`, or the problem's code. */
    outcome: Type.String(),
    /** What may be known of it: names of commands, never their input. */
    about: Type.Optional(Type.String()),
    /** The number of the entry with which this act began; where there is none, nothing was begun. */
    began: Type.Optional(Type.Integer({ minimum: 1 })),
    /** SHA-256 of the entry before, and of this one, hexadecimal. */
    previous: Type.String(),
    hash: Type.String(),
  },
  { additionalProperties: false },
)
export type AuditEntry = Static<typeof AuditEntry>

/** Where the chain ends, signed with the fleet's key. */
export const AuditHead = Type.Object(
  { number: Type.Integer({ minimum: 0 }), hash: Type.String(), at: Timestamp, signature: Signature },
  { additionalProperties: false },
)
export type AuditHead = Static<typeof AuditHead>

export const AuditVerdict = Type.Object({
  ok: Type.Boolean(),
  entries: Type.Integer(),
  /** The first entry that is there; those before it were let go when they were old enough. */
  first: Type.Optional(Type.Integer()),
  head: Type.Optional(AuditHead),
  /** The first entry that is not as it was written, and what is wrong with it. */
  fault: Type.Optional(Type.Object({ number: Type.Integer(), text: Type.String() })),
})
export type AuditVerdict = Static<typeof AuditVerdict>
