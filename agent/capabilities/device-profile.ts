import type { MfpProfile } from '../../protocol/firmware-profile.ts'

/**
 * What drivers are told of the model that they reach: limits, quirks of the closed list, patience. Data only; each
 * driver takes from it what concerns it, and a model without a profile is `unknownModel`.
 */
export type DeviceProfile = Pick<MfpProfile, 'slug' | 'scan' | 'print' | 'supplies' | 'quirks' | 'timeouts'>

/** A model of which nothing is known: nothing is bounded, nothing is done differently. */
export const unknownModel: DeviceProfile = { slug: 'generic', supplies: 'ipp', quirks: [], timeouts: {} }
