import { type Static, Type } from 'typebox'
import { Admission, claimCodePattern, HardwareSerial } from '../../protocol/enrolment.ts'
import { Timestamp, Uuid } from '../../protocol/envelope.ts'
import { deviceIdPattern } from '../../protocol/topics.ts'

const DeviceId = Type.String({ pattern: deviceIdPattern })
const Village = Type.String({ minLength: 1, maxLength: 100 })

/** A wish for a claim. With `depot` and the expected serial number the terminal needs no further acceptance. */
export const ClaimRequest = Type.Object(
  {
    device: DeviceId,
    village: Village,
    serial: Type.Optional(HardwareSerial),
    depot: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export type ClaimRequest = Static<typeof ClaimRequest>

const claim = {
  id: Uuid,
  device: DeviceId,
  village: Village,
  serial: Type.Optional(Type.String()),
  depot: Type.Boolean(),
  state: Type.Enum(['open', 'used', 'expired', 'locked', 'withdrawn']),
  createdAt: Timestamp,
  expiresAt: Timestamp,
}

/** The right to enrol one terminal, once; without its code. */
export const Claim = Type.Object(claim)
export type Claim = Static<typeof Claim>

/** A claim that was just made: its code is told this once. */
export const NewClaim = Type.Object({ ...claim, code: Type.String({ pattern: claimCodePattern }) })
export type NewClaim = Static<typeof NewClaim>

/** How people know a machine: `fingerprint` are twelve digits, as its screen shows them. */
const Machine = Type.Object({
  admission: Admission,
  /** Why it is quarantined or revoked. */
  reason: Type.Optional(Type.String()),
  serial: Type.Optional(Type.String()),
  fingerprint: Type.Optional(Type.String()),
  claim: Type.Optional(Uuid),
  enrolledAt: Timestamp,
  decidedAt: Type.Optional(Timestamp),
  decidedBy: Type.Optional(Type.String()),
  certificate: Type.Optional(
    Type.Object({ id: Type.String(), issuedAt: Timestamp, expiresAt: Timestamp, used: Type.Boolean() }),
  ),
})

/** Who a terminal is to the fleet; `replaces` is the machine that works until this one is accepted. */
export const TerminalIdentity = Type.Intersect([
  Machine,
  Type.Object({ terminal: DeviceId, replaces: Type.Optional(Machine) }),
])
export type TerminalIdentity = Static<typeof TerminalIdentity>
type Machine = Static<typeof Machine>
export type MachineIdentity = Machine

/** Accepts a machine; with `fingerprint` only the one whose screen shows these digits. */
export const Acceptance = Type.Object(
  { fingerprint: Type.Optional(Type.String({ pattern: '^[0-9]{4} ?[0-9]{4} ?[0-9]{4}$' })) },
  { additionalProperties: false },
)
export type Acceptance = Static<typeof Acceptance>
