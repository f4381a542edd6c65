import type {
  ScanMode,
  ScannerDescription,
  ScanSource,
  ScanSourceLimits,
} from '../../../protocol/capabilities/scanner.ts'
import { CommandError } from '../../../protocol/errors.ts'
import {
  type ColorMode,
  hasResolution,
  type InputCapabilities,
  type ScannerCapabilities,
  type ScanSettings,
} from '../../devices/escl/escl.ts'
import type { ScanJob } from './driver.ts'

const colorModeOf: Record<ScanMode, ColorMode> = {
  colour: 'RGB24',
  grey: 'Grayscale8',
  blackwhite: 'BlackAndWhite1',
}
const modes = ['colour', 'grey', 'blackwhite'] as const

// What a scan may ask for, and what of a continuous range is offered.
const minDpi = 75
const maxDpi = 600
const offered = [75, 100, 150, 200, 300, 400, 600]

const millimetres = (units: number): number => Math.round((units / 300) * 254) / 10
const units = (length: number): number => Math.round((length / 25.4) * 300)
// Lengths are described in tenths of a millimetre: what is described may be asked for.
const roundingUnits = 1

/** What the device can do, in the words of the house. */
export const describeEscl = (capabilities: ScannerCapabilities): ScannerDescription => {
  const { manufacturer, makeAndModel } = capabilities
  const [firstWord = '', ...words] = makeAndModel.split(' ')
  const vendor = manufacturer ?? (words.length > 0 ? firstWord : '')
  const model = makeAndModel.startsWith(`${vendor} `) ? makeAndModel.slice(vendor.length + 1) : makeAndModel
  return {
    vendor,
    model,
    driver: 'escl',
    sources: (['flatbed', 'feeder'] as const).flatMap((source) => {
      const input = inputOf(capabilities, source)
      return input === undefined ? [] : [limitsOf(source, input)]
    }),
  }
}

const inputOf = (capabilities: ScannerCapabilities, source: ScanSource): InputCapabilities | undefined =>
  source === 'flatbed' ? capabilities.platen : capabilities.adfSimplex

const limitsOf = (source: ScanSource, input: InputCapabilities): ScanSourceLimits => {
  const known = new Set(offered)
  for (const { resolutions } of input.profiles) {
    for (const dpi of resolutions.discrete) if (dpi >= minDpi && dpi <= maxDpi) known.add(dpi)
  }
  return {
    source,
    dpi: [...known]
      .filter((dpi) => input.profiles.some(({ resolutions }) => hasResolution(resolutions, dpi)))
      .sort((a, b) => a - b),
    modes: modes.filter((mode) =>
      input.profiles.some(({ colorModes }) => colorModes.includes(colorModeOf[mode])),
    ),
    width: millimetres(input.maxWidth),
    height: millimetres(input.maxHeight),
  }
}

/**
 * The settings that do exactly what the job asks. Throws `CommandError` `unsupported` for what the device does not
 * say it can do; nothing is rounded to something near, lengths apart (1/300 inch).
 */
export const planEscl = (
  capabilities: ScannerCapabilities,
  job: ScanJob,
  preferred: 'image/jpeg' | 'image/png' = 'image/jpeg',
): ScanSettings => {
  const input = inputOf(capabilities, job.source)
  if (input === undefined) throw lacks('source')
  const colorMode = colorModeOf[job.mode]
  const inMode = input.profiles.filter(({ colorModes }) => colorModes.includes(colorMode))
  if (inMode.length === 0) throw lacks('mode')
  const profile = inMode.find(({ resolutions }) => hasResolution(resolutions, job.dpi))
  if (profile === undefined || job.dpi < minDpi || job.dpi > maxDpi) throw lacks('resolution')
  // JPEG cannot hold one bit a pixel: a device that has both sends black-and-white as PNG.
  const wanted = job.mode === 'blackwhite' ? 'image/png' : preferred
  return {
    version: capabilities.version,
    source: job.source === 'flatbed' ? 'Platen' : 'Feeder',
    region: regionOf(input, job),
    resolution: job.dpi,
    colorMode,
    format: profile.formats.includes(wanted) ? wanted : 'image/jpeg',
  }
}

const regionOf = (input: InputCapabilities, { area }: ScanJob): ScanSettings['region'] => {
  if (area === undefined) return { x: 0, y: 0, width: input.maxWidth, height: input.maxHeight }
  const x = units(area.x)
  const y = units(area.y)
  const width = units(area.width)
  const height = units(area.height)
  if (x + width > input.maxWidth + roundingUnits || y + height > input.maxHeight + roundingUnits) {
    throw lacks('area')
  }
  if (width < Math.max(1, input.minWidth) || height < Math.max(1, input.minHeight)) throw lacks('area')
  return {
    x,
    y,
    width: Math.min(width, input.maxWidth - x),
    height: Math.min(height, input.maxHeight - y),
  }
}

const lacks = (what: string): CommandError =>
  new CommandError('unsupported', `The scanner lacks the ${what} that was asked for`)
