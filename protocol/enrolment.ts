import { type Static, Type } from 'typebox'
import { Timestamp } from './envelope.ts'
import { Signature, SigningKeys } from './signing.ts'
import { deviceIdPattern } from './topics.ts'

/** Ten characters of Crockford's base 32: no I, L, O, U. */
export const claimCodePattern = '^[0-9A-HJKMNP-TV-Z]{10}$'

/** A code as a person typed it, in the one way of writing it: `o` is 0, `i` and `l` are 1, dashes and spaces go. */
export const readClaimCode = (typed: string): string =>
  typed.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1')

const Pem = Type.String({ minLength: 1, maxLength: 8192 })
const Device = Type.String({ pattern: deviceIdPattern })

/** The serial number of the machine, as its firmware tells it. */
export const HardwareSerial = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' })

/** Body of `POST /enrol`: the claim code, a PKCS #10 request (RFC 2986) and the machine's serial number. */
export const EnrolRequest = Type.Object(
  { code: Type.String({ pattern: claimCodePattern }), csr: Pem, serial: HardwareSerial },
  { additionalProperties: false },
)
export type EnrolRequest = Static<typeof EnrolRequest>

/**
 * Whether the fleet lets a terminal work: `pending` until an operator accepts it, `quarantined` after a sign of a
 * copied key, `revoked` for good.
 */
export const Admission = Type.Enum(['pending', 'accepted', 'quarantined', 'revoked'])
export type Admission = Static<typeof Admission>

/** Answer of `POST /enrol`. `ca` holds every root that the terminal shall trust from now on. */
export const EnrolAnswer = Type.Object(
  {
    device: Device,
    village: Type.String({ maxLength: 100 }),
    admission: Admission,
    certificate: Type.String({
      maxLength: 16_384,
      description: 'PEM: the terminal, then the device authority',
    }),
    ca: Type.String({ maxLength: 16_384 }),
    keys: SigningKeys,
  },
  { additionalProperties: false },
)
export type EnrolAnswer = Static<typeof EnrolAnswer>

/** Answer of `GET /enrolment`. */
export const EnrolmentState = Type.Object(
  { device: Device, admission: Admission },
  { additionalProperties: false },
)
export type EnrolmentState = Static<typeof EnrolmentState>

/** Body of `POST /renew`: a request for a new key. The old certificate is good until the new one was used. */
export const RenewRequest = Type.Object({ csr: Pem }, { additionalProperties: false })
export type RenewRequest = Static<typeof RenewRequest>

/** Answer of `POST /renew`. */
export const RenewAnswer = Type.Object(
  {
    certificate: Type.String({ maxLength: 16_384 }),
    ca: Type.String({ maxLength: 16_384 }),
    keys: SigningKeys,
  },
  { additionalProperties: false },
)
export type RenewAnswer = Static<typeof RenewAnswer>

/** Answer of `GET /time?nonce=`: signed, so that it can be believed when no certificate's dates can. */
export const SignedTime = Type.Object(
  {
    now: Timestamp,
    nonce: Type.String({ pattern: '^[A-Za-z0-9_-]{16,64}$' }),
    signature: Signature,
    keys: SigningKeys,
  },
  { additionalProperties: false },
)
export type SignedTime = Static<typeof SignedTime>

/** Why the HTTPS half of the terminals' door refuses to enrol or to renew. */
export const enrolProblems = [
  'claim-unknown',
  'claim-locked',
  'claim-expired',
  'claim-used',
  'serial-differs',
  'csr-invalid',
  'revoked',
  'renewal-too-late',
  'rate-limited',
] as const
export type EnrolProblem = (typeof enrolProblems)[number]

/** Body of such a refusal. */
export const EnrolRefusal = Type.Object(
  { code: Type.Enum([...enrolProblems]), text: Type.String({ maxLength: 300 }) },
  { additionalProperties: false },
)
export type EnrolRefusal = Static<typeof EnrolRefusal>
