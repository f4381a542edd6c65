import {
  genericSlug,
  type MfpProfile,
  type PrintWay,
  type ProfilesEdition,
  type ScanWay,
  simulatedSlug,
} from '../../protocol/firmware-profile.ts'
import { fitsPattern } from '../../protocol/model-pattern.ts'
import { matchMfp, matchTerminal } from '../../protocol/profile-matching.ts'
import { findQuirk } from '../../protocol/quirks.ts'
import type { AgentConfig, PrinterConfig, ScannerConfig } from '../config.ts'
import { queueUri, type Surroundings, signsOf } from './surroundings.ts'
import { isPrinterOrScanner } from './usb.ts'

/** Which profiles hold here, and how the devices are reached. */
export interface Choice {
  readonly terminal: string
  /** Absent where nothing is there and nothing was named. */
  readonly mfp?: MfpProfile
  /** Something is there that no profile knows. */
  readonly unknown: boolean
  /** `auto` is left where no way leads to a device. */
  readonly scanner: ScannerConfig
  readonly printer: PrinterConfig
  /** The way by SANE that was chosen, which needs a configuration folder of its own. */
  readonly sane?: { readonly backend?: string; readonly noWsd: boolean }
}

type Told = Pick<AgentConfig, 'profiles' | 'scanner' | 'printer'>

const isThere = ({ usb, escl, ipp }: Surroundings): boolean =>
  usb.some(isPrinterOrScanner) || escl.length > 0 || ipp.length > 0

/** Answers of this model first: others may stand on the same network. */
const ownFirst = <A extends { readonly makeAndModel: string }>(
  answers: readonly A[],
  patterns: readonly string[] = [],
): readonly A[] => {
  const own = answers.filter(({ makeAndModel }) =>
    patterns.some((pattern) => fitsPattern(makeAndModel, pattern)),
  )
  return own.length > 0 ? own : answers
}

const saneReaches = (way: Extract<ScanWay, { way: 'sane' }>, { match }: MfpProfile, there: Surroundings) => {
  if (way.backend === 'airscan') return there.announced.length > 0 || there.escl.length > 0
  return there.usb.some((device) => (match.usb ? match.usb.includes(device.id) : isPrinterOrScanner(device)))
}

type WithScanner = Pick<Choice, 'scanner' | 'sane'>

/** Whether a way leads over ipp-usb to a model that ipp-usb leaves alone. */
const isBarred = (way: ScanWay | PrintWay, { quirks }: MfpProfile): boolean =>
  'over' in way && way.over === 'ipp-usb' && findQuirk(quirks, 'usbBlacklistedInIppUsb') !== undefined

const byWay = (way: ScanWay, mfp: MfpProfile, there: Surroundings): WithScanner | undefined => {
  if (isBarred(way, mfp)) return undefined
  if (way.way === 'sane') {
    if (!saneReaches(way, mfp, there)) return undefined
    const noWsd = findQuirk(mfp.quirks, 'noWsd') !== undefined
    return {
      scanner: { driver: 'sane' },
      sane: { noWsd, ...(way.backend === undefined ? {} : { backend: way.backend }) },
    }
  }
  const found = ownFirst(there.escl, mfp.match.escl).find(({ url, over }) => {
    const { port, pathname } = new URL(url)
    const fits = way.port === undefined || Number(port || 80) === way.port
    return over === way.over && fits && (way.path === undefined || pathname === way.path)
  })
  return found && { scanner: { driver: 'escl', url: found.url } }
}

const firstOf = <W, R>(ways: readonly W[], reach: (way: W) => R | undefined): R | undefined => {
  for (const way of ways) {
    const reached = reach(way)
    if (reached !== undefined) return reached
  }
  return undefined
}

const printerBy = (way: PrintWay, mfp: MfpProfile, there: Surroundings): PrinterConfig | undefined => {
  if (way.way === 'cups') {
    return there.ipp.some(({ over }) => over === 'queue') ? { driver: 'ipp', uri: queueUri } : undefined
  }
  if (isBarred(way, mfp)) return undefined
  const [found] = ownFirst(there.ipp, mfp.match.ipp).filter(({ over }) => over === way.over)
  return found && { driver: 'ipp', uri: found.uri }
}

const chooseMfp = (
  { mfps }: ProfilesEdition,
  { profiles }: Told,
  there: Surroundings,
): Pick<Choice, 'mfp' | 'unknown'> => {
  const named = (slug: string) => mfps.find((profile) => profile.slug === slug)
  const told = profiles.mfp === undefined || profiles.mfp === genericSlug ? undefined : named(profiles.mfp)
  const mfp = told ?? matchMfp(mfps, signsOf(there))
  if (mfp) return { mfp, unknown: false }
  const unknown = isThere(there)
  const generic = unknown || profiles.mfp !== undefined ? named(genericSlug) : undefined
  return { ...(generic ? { mfp: generic } : {}), unknown }
}

const chooseTerminal = (
  { terminals }: ProfilesEdition,
  { profiles }: Told,
  { dmi }: Surroundings,
): string => {
  const told = terminals.find(({ slug }) => slug === profiles.terminal && slug !== genericSlug)
  return (told ?? matchTerminal(terminals, dmi))?.slug ?? genericSlug
}

/**
 * Chooses the profiles that hold, and the first of the model's ways that leads to its device. What the configuration
 * names goes before: profiles, and each device that is not `auto`.
 */
export const choose = (edition: ProfilesEdition, told: Told, there: Surroundings): Choice => {
  const { mfp, unknown } = chooseMfp(edition, told, there)
  const scanner =
    told.scanner.driver === 'auto' && mfp
      ? firstOf(mfp.scan?.ways ?? [], (way) => byWay(way, mfp, there))
      : undefined
  const printer =
    told.printer.driver === 'auto' && mfp
      ? firstOf(mfp.print?.ways ?? [], (way) => printerBy(way, mfp, there))
      : undefined
  return {
    terminal: chooseTerminal(edition, told, there),
    ...(mfp ? { mfp } : {}),
    unknown,
    scanner: told.scanner,
    ...scanner,
    printer: printer ?? told.printer,
  }
}

/** Whether the configuration itself says everything, so that there is nothing to look for. */
export const saysAll = ({ profiles, scanner, printer }: Told): boolean =>
  scanner.driver !== 'auto' &&
  printer.driver !== 'auto' &&
  (profiles.mfp !== undefined || profiles.terminal === simulatedSlug || isWithoutDevice(scanner, printer))

const isWithoutDevice = (scanner: ScannerConfig, printer: PrinterConfig): boolean =>
  [scanner.driver, printer.driver].every((driver) => driver === 'none' || driver === 'fake')
