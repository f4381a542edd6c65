import type { ScannerDescription, ScanSourceLimits } from '../../../protocol/capabilities/scanner.ts'
import { CommandError } from '../../../protocol/errors.ts'
import { findQuirk } from '../../../protocol/quirks.ts'
import type { DeviceProfile } from '../device-profile.ts'
import type { ScanDriver, ScanJob } from './driver.ts'
import { checkScanJob } from './limits.ts'

/** The kinds of drivers that a quirk of resolutions can be about. */
type Way = 'escl' | 'sane'

const boundSource = (
  source: ScanSourceLimits,
  { scan, quirks }: DeviceProfile,
  way: Way,
): ScanSourceLimits => {
  const excluded = findQuirk(quirks, 'dpiExcluded')
  const feederDpiMax = findQuirk(quirks, 'feederDpiMax')
  const widthMax = findQuirk(quirks, 'widthMax')
  const mayScanAt = (dpi: number): boolean =>
    (scan?.dpi?.includes(dpi) ?? true) &&
    !(excluded?.way === way && excluded.dpi.includes(dpi)) &&
    !(source.source === 'feeder' && feederDpiMax && dpi > feederDpiMax.dpi)
  // The glass is bounded; a feeder takes sheets that are longer than it.
  const height = source.source === 'flatbed' ? scan?.maxArea?.height : undefined
  return {
    ...source,
    dpi: source.dpi.filter(mayScanAt),
    modes: source.modes.filter((mode) => scan?.modes?.includes(mode) ?? true),
    width: Math.min(
      source.width,
      scan?.maxArea?.width ?? source.width,
      widthMax?.millimetres ?? source.width,
    ),
    height: Math.min(source.height, height ?? source.height),
  }
}

/** What a scanner can do, bounded by what is known of its model; nothing is added to what it says itself. */
export const boundDescription = (
  description: ScannerDescription,
  profile: DeviceProfile,
  way: Way,
): ScannerDescription => ({
  ...description,
  sources: description.sources
    .filter(({ source }) => source === 'flatbed' || profile.scan?.feeder !== false)
    .map((source) => boundSource(source, profile, way)),
})

/** Whether a profile says anything that bounds a scanner. */
const bounds = ({ scan, quirks }: DeviceProfile): boolean =>
  scan?.dpi !== undefined ||
  scan?.modes !== undefined ||
  scan?.feeder === false ||
  scan?.maxArea !== undefined ||
  quirks.some(({ quirk }) => ['dpiExcluded', 'feederDpiMax', 'widthMax'].includes(quirk))

/**
 * A scanner within the limits of its model. A job that goes beyond them is `unsupported` before anything moves; one
 * without an area gets the whole of what is left.
 */
export const withinLimits = (driver: ScanDriver, profile: DeviceProfile, way: Way): ScanDriver => {
  if (!bounds(profile)) return driver
  let known: ScannerDescription | undefined
  const describe = async (signal: AbortSignal) => {
    known = await driver.describe(signal)
    return boundDescription(known, profile, way)
  }
  return {
    describe,
    async *scan(job, signal) {
      // To ask anew would cost a child process for each scan.
      const device = known ?? (await driver.describe(signal))
      const bounded = boundDescription(device, profile, way)
      checkScanJob(job, bounded)
      known = device
      yield* driver.scan(withArea(job, device, bounded), signal)
    },
  }
}

const withArea = (job: ScanJob, device: ScannerDescription, bounded: ScannerDescription): ScanJob => {
  const of = ({ sources }: ScannerDescription) => sources.find(({ source }) => source === job.source)
  const [all, left] = [of(device), of(bounded)]
  if (job.area || !all || !left || (all.width === left.width && all.height === left.height)) return job
  return { ...job, area: { x: 0, y: 0, width: left.width, height: left.height } }
}

/**
 * Why a model cannot be scanned with by an agent, in words for people; `undefined` where it can. Its kind: `wsdOnly`,
 * `panelPress`.
 */
export const unfitFor = ({ quirks }: DeviceProfile): string | undefined => {
  const press = findQuirk(quirks, 'panelPress')
  if (press) return `This model scans only when keys are pressed at its panel: ${press.menu}`
  if (findQuirk(quirks, 'wsdOnly')) return 'This model scans by WSD only, which the terminal does not speak'
  return undefined
}

/** The driver of a model that no agent can scan with: it says why. */
export const unfitScanner = (why: string): ScanDriver => {
  const refuse = (): never => {
    throw new CommandError('unsupported', why)
  }
  return { describe: async () => refuse(), scan: refuse }
}
