import type {
  ScanMode,
  ScannerDescription,
  ScanSource,
  ScanSourceLimits,
} from '../../../protocol/capabilities/scanner.ts'
import type { ScanChoice } from './state.ts'

/** The bounds of `scanner.scan`, whatever a device offers beyond. */
const minDpi = 75
const maxDpi = 600

/** A device with a continuous range names hundreds; people choose among these. */
const usualDpi: readonly number[] = [75, 100, 150, 200, 240, 300, 400, 600]
const fewEnough = 12

const modeOrder: readonly ScanMode[] = ['colour', 'grey', 'blackwhite']

/** The resolutions to offer, the coarsest first. */
export const dpiChoices = (limits: ScanSourceLimits | undefined): readonly number[] => {
  const able = (limits?.dpi ?? []).filter((dpi) => dpi >= minDpi && dpi <= maxDpi).toSorted((a, b) => a - b)
  return able.length <= fewEnough ? able : able.filter((dpi) => usualDpi.includes(dpi))
}

/** The modes to offer. */
export const modeChoices = (limits: ScanSourceLimits | undefined): readonly ScanMode[] =>
  modeOrder.filter((mode) => limits?.modes.includes(mode))

/** The sources to offer. */
export const sourceChoices = (scanner: ScannerDescription | undefined): readonly ScanSource[] =>
  (['flatbed', 'feeder'] as const).filter((source) => scanner?.sources.some((one) => one.source === source))

/** What one source can do. */
export const limitsOf = (scanner: ScannerDescription | undefined, source: ScanSource) =>
  scanner?.sources.find((one) => one.source === source)

const nearest = (wish: number, able: readonly number[]): number =>
  able.reduce((best, dpi) => (Math.abs(dpi - wish) < Math.abs(best - wish) ? dpi : best), able[0] ?? wish)

/** The choice nearest to the wish that this scanner can fulfil. */
export const fitScan = <W extends Pick<ScanChoice, 'source' | 'dpi' | 'mode'>>(
  wish: W,
  scanner: ScannerDescription | undefined,
): W => {
  const sources = sourceChoices(scanner)
  const source = sources.includes(wish.source) ? wish.source : (sources[0] ?? wish.source)
  const limits = limitsOf(scanner, source)
  const modes = modeChoices(limits)
  const mode = modes.includes(wish.mode) ? wish.mode : (modes[0] ?? wish.mode)
  return { ...wish, source, mode, dpi: nearest(wish.dpi, dpiChoices(limits)) }
}
