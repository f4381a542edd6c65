import { type Static, Type } from 'typebox'
import { DeviceDescription } from '../../protocol/device-description.ts'
import { Timestamp } from '../../protocol/envelope.ts'
import { MfpProfile, TerminalProfile } from '../../protocol/firmware-profile.ts'

const outline = {
  kind: Type.Enum(['mfps', 'terminals']),
  slug: Type.String(),
  name: Type.String(),
  origin: Type.Enum(['release', 'fleet'], { description: 'Whether people of the fleet made it' }),
  version: Type.Integer({ description: '0 for one of the release' }),
  proof: Type.Enum(['documents', 'sample', 'field']),
}
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })

/** All firmware profiles in short, and the edition that they make. */
export const ProfileList = Type.Object({ edition: Sha256, profiles: Type.Array(Type.Object(outline)) })
export type ProfileList = Static<typeof ProfileList>

/** One firmware profile. */
export const ProfileAnswer = Type.Object({
  ...outline,
  edition: Sha256,
  profile: Type.Union([MfpProfile, TerminalProfile]),
})
export type ProfileAnswer = Static<typeof ProfileAnswer>

/** What a terminal said of devices that no profile knows, and a draft made of it. */
export const SeedAnswer = Type.Object({
  sha256: Sha256,
  receivedAt: Timestamp,
  description: DeviceDescription,
  draft: MfpProfile,
})
export type SeedAnswer = Static<typeof SeedAnswer>
