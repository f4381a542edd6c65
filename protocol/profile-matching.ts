import type { MfpMatch, MfpProfile, TerminalMatch, TerminalProfile } from './firmware-profile.ts'
import { fitsPattern, patternsOverlap } from './model-pattern.ts'

/** What was seen of printers and scanners: ids as `vendor:product`, names as the devices say them. */
export interface MfpSigns {
  readonly usb: readonly string[]
  readonly ipp: readonly string[]
  readonly mdns: readonly string[]
  readonly escl: readonly string[]
}

/** What the machine's firmware says of it (SMBIOS 3, type 1). */
export interface TerminalSigns {
  readonly vendor: string
  readonly product: string
}

const nameSigns = ['escl', 'ipp', 'mdns'] as const

const patternsOf = (match: MfpMatch): readonly string[] => nameSigns.flatMap((kind) => match[kind] ?? [])

const hits = (match: MfpMatch, signs: MfpSigns): number => {
  const byId = signs.usb.some((id) => match.usb?.includes(id)) ? 1 : 0
  const byName = nameSigns.filter((kind) =>
    signs[kind].some((name) => (match[kind] ?? []).some((pattern) => fitsPattern(name, pattern))),
  )
  return byId + byName.length
}

/**
 * The profile that these signs point to; `undefined` where none does. One device fits one profile at most. Where
 * several devices are there, the one that most kinds of signs speak for is meant; else the first by its slug.
 */
export const matchMfp = (profiles: readonly MfpProfile[], signs: MfpSigns): MfpProfile | undefined => {
  let best: { readonly profile: MfpProfile; readonly count: number } | undefined
  for (const profile of profiles) {
    const count = hits(profile.match, signs)
    if (count === 0) continue
    if (!best || count > best.count || (count === best.count && profile.slug < best.profile.slug)) {
      best = { profile, count }
    }
  }
  return best?.profile
}

/** The profile of this machine; `undefined` where none fits. */
export const matchTerminal = (
  profiles: readonly TerminalProfile[],
  { vendor, product }: TerminalSigns,
): TerminalProfile | undefined =>
  profiles.find(({ match }) =>
    match.dmi.some((sign) => fitsPattern(vendor, sign.vendor) && fitsPattern(product, sign.product)),
  )

/** A sign that two profiles share, so that some device would fit both; `undefined` where there is none. */
export const sharedMfpSign = (one: MfpMatch, other: MfpMatch): string | undefined => {
  const id = one.usb?.find((known) => other.usb?.includes(known))
  if (id !== undefined) return id
  // A device says much the same name everywhere: patterns of different signs are compared too.
  return patternsOf(one).find((pattern) =>
    patternsOf(other).some((foreign) => patternsOverlap(pattern, foreign)),
  )
}

/** The same for infomats. */
export const sharedTerminalSign = (one: TerminalMatch, other: TerminalMatch): string | undefined =>
  one.dmi.find((sign) =>
    other.dmi.some(
      ({ vendor, product }) => patternsOverlap(sign.vendor, vendor) && patternsOverlap(sign.product, product),
    ),
  )?.product
