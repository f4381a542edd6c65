import { type Static, Type } from 'typebox'
import { Timestamp } from '../../protocol/envelope.ts'

/** One act of a person or a token, chained to the one before it. */
export const AuditEntry = Type.Object({
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
  /** `done`, or the problem's code. */
  outcome: Type.String(),
  /** What may be known of it: names of commands, never their input. */
  about: Type.Optional(Type.String()),
  /** SHA-256 of the entry before, and of this one, hexadecimal. */
  previous: Type.String(),
  hash: Type.String(),
})
export type AuditEntry = Static<typeof AuditEntry>

/** Where the chain ends, signed with the fleet's key. */
export const AuditHead = Type.Object({
  number: Type.Integer({ minimum: 0 }),
  hash: Type.String(),
  at: Timestamp,
  signature: Type.Object({ key: Type.String(), value: Type.String() }),
})
export type AuditHead = Static<typeof AuditHead>

export const AuditVerdict = Type.Object({
  ok: Type.Boolean(),
  entries: Type.Integer(),
  head: Type.Optional(AuditHead),
  /** The first entry that is not as it was written, and what is wrong with it. */
  fault: Type.Optional(Type.Object({ number: Type.Integer(), text: Type.String() })),
})
export type AuditVerdict = Static<typeof AuditVerdict>
