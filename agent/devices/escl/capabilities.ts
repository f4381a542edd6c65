import { EsclError } from './error.ts'
import { child, childrenOf, numberOf, parseXml, textOf, type XmlElement } from './xml.ts'

/** `ColorMode` keywords of eSCL that this client knows. */
export const colorModes = ['BlackAndWhite1', 'Grayscale8', 'Grayscale16', 'RGB24', 'RGB48'] as const
export type ColorMode = (typeof colorModes)[number]

/** Resolutions in dots per inch: single ones, or every step of a range. */
export interface Resolutions {
  readonly discrete: readonly number[]
  readonly range?: { readonly min: number; readonly max: number; readonly step: number }
}

/** What goes together in one scan. */
export interface SettingProfile {
  readonly colorModes: readonly ColorMode[]
  /** Media types. */
  readonly formats: readonly string[]
  readonly resolutions: Resolutions
}

/** What one source can do; lengths in 1/300 inch. */
export interface InputCapabilities {
  readonly minWidth: number
  readonly maxWidth: number
  readonly minHeight: number
  readonly maxHeight: number
  readonly profiles: readonly SettingProfile[]
}

/** `ScannerCapabilities` as a typed value. */
export interface ScannerCapabilities {
  readonly version: string
  readonly makeAndModel: string
  readonly manufacturer?: string
  readonly serialNumber?: string
  readonly uuid?: string
  readonly platen?: InputCapabilities
  readonly adfSimplex?: InputCapabilities
  readonly adfDuplex?: InputCapabilities
}

// 1/300 inch; three metres. What is longer is no scanner.
const maxLength = 36_000
const maxListed = 64

/** Whether a device scans with this many dots per inch. */
export const hasResolution = (resolutions: Resolutions, dpi: number): boolean => {
  const { discrete, range } = resolutions
  if (discrete.includes(dpi)) return true
  return range !== undefined && dpi >= range.min && dpi <= range.max && (dpi - range.min) % range.step === 0
}

/** Reads `ScannerCapabilities`. Throws `EsclError` (`malformed`, `too-large`). */
export const parseCapabilities = (document: string): ScannerCapabilities => {
  const root = parseXml(document)
  if (root.name !== 'ScannerCapabilities') {
    throw new EsclError('malformed', 'The device sent no ScannerCapabilities')
  }
  const shared = new Map<string, SettingProfile>()
  for (const profile of childrenOf(child(root, 'SettingProfiles'), 'SettingProfile')) {
    const name = profile.attributes.name
    if (name !== undefined && shared.size < maxListed) shared.set(name, readProfile(profile))
  }
  const platen = readInput(child(child(root, 'Platen'), 'PlatenInputCaps'), shared)
  const adf = child(root, 'Adf')
  const adfSimplex = readInput(child(adf, 'AdfSimplexInputCaps'), shared)
  const adfDuplex = readInput(child(adf, 'AdfDuplexInputCaps'), shared)
  if (platen === undefined && adfSimplex === undefined) {
    throw new EsclError('malformed', 'The device has neither a platen nor a feeder that can be used')
  }
  const manufacturer = textOf(root, 'Manufacturer')
  const serialNumber = textOf(root, 'SerialNumber')
  const uuid = textOf(root, 'UUID')
  return {
    version: textOf(root, 'Version') ?? '2.0',
    makeAndModel: textOf(root, 'MakeAndModel') ?? 'Unknown',
    ...(manufacturer === undefined ? {} : { manufacturer }),
    ...(serialNumber === undefined ? {} : { serialNumber }),
    ...(uuid === undefined ? {} : { uuid }),
    ...(platen === undefined ? {} : { platen }),
    ...(adfSimplex === undefined ? {} : { adfSimplex }),
    ...(adfDuplex === undefined ? {} : { adfDuplex }),
  }
}

const readInput = (
  caps: XmlElement | undefined,
  shared: ReadonlyMap<string, SettingProfile>,
): InputCapabilities | undefined => {
  const maxWidth = numberOf(caps, 'MaxWidth')
  const maxHeight = numberOf(caps, 'MaxHeight')
  if (!isLength(maxWidth) || !isLength(maxHeight)) return undefined
  const profiles = childrenOf(child(caps, 'SettingProfiles'), 'SettingProfile')
    .slice(0, maxListed)
    .map((profile) => shared.get(profile.attributes.ref ?? '') ?? readProfile(profile))
    .filter((profile) => profile.colorModes.length > 0)
  if (profiles.length === 0) return undefined
  return {
    minWidth: Math.min(numberOf(caps, 'MinWidth') ?? 0, maxWidth),
    maxWidth,
    minHeight: Math.min(numberOf(caps, 'MinHeight') ?? 0, maxHeight),
    maxHeight,
    profiles,
  }
}

const isLength = (value: number | undefined): value is number =>
  value !== undefined && value > 0 && value <= maxLength

const readProfile = (profile: XmlElement): SettingProfile => {
  const modes = childrenOf(child(profile, 'ColorModes'), 'ColorMode').map((mode) => mode.text)
  const formats = child(profile, 'DocumentFormats')
  return {
    colorModes: colorModes.filter((mode) => modes.includes(mode)),
    // A device of eSCL 2.1 or later repeats each format as DocumentFormatExt.
    formats: [
      ...new Set(
        [...childrenOf(formats, 'DocumentFormat'), ...childrenOf(formats, 'DocumentFormatExt')]
          .slice(0, maxListed)
          .map((format) => format.text.slice(0, 100)),
      ),
    ],
    resolutions: readResolutions(child(profile, 'SupportedResolutions')),
  }
}

const readResolutions = (supported: XmlElement | undefined): Resolutions => {
  const discrete = new Set<number>()
  for (const one of childrenOf(child(supported, 'DiscreteResolutions'), 'DiscreteResolution')) {
    const dpi = numberOf(one, 'XResolution')
    // Only square pixels: a page of others would have to be resampled before anybody can look at it.
    if (isResolution(dpi) && dpi === numberOf(one, 'YResolution') && discrete.size < maxListed) {
      discrete.add(dpi)
    }
  }
  const list = [...discrete].sort((a, b) => a - b)
  const range = child(child(supported, 'ResolutionRange'), 'XResolutionRange')
  const min = numberOf(range, 'Min')
  const max = numberOf(range, 'Max')
  if (!isResolution(min) || !isResolution(max) || min > max) return { discrete: list }
  return { discrete: list, range: { min, max, step: Math.max(1, numberOf(range, 'Step') ?? 1) } }
}

const isResolution = (value: number | undefined): value is number =>
  value !== undefined && value > 0 && value <= 19_200
