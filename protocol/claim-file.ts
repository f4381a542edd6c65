import { type Static, Type } from 'typebox'
import { claimCodePattern, HardwareSerial } from './enrolment.ts'
import { Timestamp } from './envelope.ts'
import { deviceIdPattern } from './topics.ts'

/** The name of the file in a depot bundle and on a technician's memory stick. */
export const claimFileName = 'avyl-claim.json'

/** The largest claim file, in bytes. */
export const maxClaimFileBytes = 32 * 1024

/**
 * What a terminal needs to enrol, as one file: the code, where the fleet is, and the roots by which it is known. It
 * holds no private key; whoever finds it can do no more with it than with the code on the label.
 */
export const ClaimFile = Type.Object(
  {
    version: Type.Literal(1),
    device: Type.String({ pattern: deviceIdPattern }),
    village: Type.String({ minLength: 1, maxLength: 100 }),
    code: Type.String({ pattern: claimCodePattern }),
    expiresAt: Timestamp,
    fleet: Type.Object(
      {
        host: Type.String({ minLength: 1, maxLength: 255 }),
        port: Type.Integer({ minimum: 1, maximum: 65_535 }),
      },
      { additionalProperties: false },
    ),
    ca: Type.String({ minLength: 1, maxLength: 16_384, description: 'PEM: every root of the fleet' }),
    serial: Type.Optional(HardwareSerial),
  },
  { additionalProperties: false },
)
export type ClaimFile = Static<typeof ClaimFile>

/** A code as people read it aloud: two groups of five. */
export const groupedCode = (code: string): string => `${code.slice(0, 5)}-${code.slice(5)}`

/** The text of the QR code on a label: letters of its small alphabet alone (ISO/IEC 18004, alphanumeric mode). */
export const claimMark = (code: string): string => `AVYL:CLAIM:${code}`

/** The code that a person typed or that a QR reader gave, which may be the whole text of the mark. */
export const codeOfMark = (text: string): string => text.trim().replace(/^AVYL:CLAIM:/i, '')
