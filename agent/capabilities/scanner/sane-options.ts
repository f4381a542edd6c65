import type {
  ScanArea,
  ScanMode,
  ScanSource,
  ScanSourceLimits,
} from '../../../protocol/capabilities/scanner.ts'
import type { OptionConstraint, OptionValue, SaneOption } from '../../devices/sane/option.ts'
import { type SaneWords, spelling } from './sane-words.ts'

/** Well-known options of the SANE Standard, 4.5. */
export const optionNames = {
  source: 'source',
  mode: 'mode',
  depth: 'depth',
  resolution: 'resolution',
  left: 'tl-x',
  top: 'tl-y',
  right: 'br-x',
  bottom: 'br-y',
} as const

/** The options that are looked at: a device has a hundred, and reading and sending them takes time before each page. */
export const lookedAt: readonly string[] = Object.values(optionNames)

/** Resolutions that are offered where a device takes any in a range. */
const usualDpi = [75, 100, 150, 200, 240, 300, 400, 600] as const
const leastDpi = 75
const mostDpi = 600

/** The option of this name where it can be set now. */
export const usable = (options: readonly SaneOption[], name: string): SaneOption | undefined =>
  options.find((option) => option.name === name && option.active && option.settable)

const strings = (constraint: OptionConstraint | undefined): readonly string[] =>
  constraint?.kind === 'strings' ? constraint.values : []

/** Whether a constraint lets a number through. */
const allows = (constraint: OptionConstraint, value: number): boolean => {
  switch (constraint.kind) {
    case 'range': {
      const { min, max, step } = constraint
      if (value < min || value > max) return false
      return step === 0 || Math.abs((value - min) / step - Math.round((value - min) / step)) < 1e-3
    }
    case 'numbers':
      return constraint.values.includes(value)
    case 'none':
      return true
    case 'strings':
      return false
  }
}

/** The device's words for our sources; the flatbed of a device without the option needs none. */
export const sourcesOf = (
  options: readonly SaneOption[],
  words: SaneWords,
): Map<ScanSource, string | undefined> => {
  const option = usable(options, optionNames.source)
  if (option === undefined) return new Map([['flatbed', undefined]])
  const found = new Map<ScanSource, string | undefined>()
  for (const source of ['flatbed', 'feeder'] as const) {
    const word = spelling(strings(option.constraint), words[source])
    if (word !== undefined) found.set(source, word)
  }
  return found
}

/** How a mode is told to the device: its word and, where it has an option for them, the bits of a sample. */
export interface ModeSetting {
  readonly word: string
  readonly depth: 1 | 8
}

/** The device's way to each of our modes. */
export const modesOf = (options: readonly SaneOption[], words: SaneWords): Map<ScanMode, ModeSetting> => {
  const known = strings(usable(options, optionNames.mode)?.constraint)
  const depth = usable(options, optionNames.depth)?.constraint
  const found = new Map<ScanMode, ModeSetting>()
  for (const mode of ['colour', 'grey', 'blackwhite'] as const) {
    const word = spelling(known, words[mode])
    if (word !== undefined) found.set(mode, { word, depth: mode === 'blackwhite' ? 1 : 8 })
  }
  const grey = found.get('grey')
  // Some devices have no word for black-and-white: it is grey with one bit.
  if (!found.has('blackwhite') && grey !== undefined && depth?.kind === 'numbers' && allows(depth, 1)) {
    found.set('blackwhite', { word: grey.word, depth: 1 })
  }
  return found
}

/** The resolutions from 75 to 600 dpi that the device takes as they are. */
const dpiOf = (options: readonly SaneOption[]): number[] => {
  const option = usable(options, optionNames.resolution)
  if (option === undefined) return []
  const { constraint } = option
  const offered = constraint.kind === 'numbers' ? constraint.values : usualDpi
  const fit = offered.filter(
    (dpi) => Number.isInteger(dpi) && dpi >= leastDpi && dpi <= mostDpi && allows(constraint, dpi),
  )
  return [...new Set(fit)].sort((a, b) => a - b).slice(0, 64)
}

/** One side of the glass in millimetres, from the range of the option for its far edge. */
const lengthOf = (options: readonly SaneOption[], near: string, far: string, dpi: number): number => {
  const option = usable(options, far)
  if (option?.constraint.kind !== 'range') return 0
  const start = usable(options, near)?.constraint
  const length = option.constraint.max - (start?.kind === 'range' ? start.min : 0)
  const millimetres = option.unit === 'pixel' ? (length * 25.4) / dpi : length
  return Math.max(0, Math.min(500, Math.round(millimetres * 100) / 100))
}

/** What a source can do, from the options as they stand while it is chosen at `dpi`. */
export const limitsOf = (
  source: ScanSource,
  options: readonly SaneOption[],
  words: SaneWords,
  dpi: number,
  most: { readonly width: number; readonly height: number } | undefined,
): ScanSourceLimits => ({
  source,
  dpi: dpiOf(options),
  modes: [...modesOf(options, words).keys()],
  width: Math.min(most?.width ?? 500, lengthOf(options, optionNames.left, optionNames.right, dpi)),
  height: Math.min(most?.height ?? 500, lengthOf(options, optionNames.top, optionNames.bottom, dpi)),
})

/** The resolution as it stands, where the device measures its glass in pixels; any number otherwise. */
export const resolutionOf = async (
  options: readonly SaneOption[],
  device: { get(name: string): Promise<OptionValue> },
): Promise<number> => {
  if (usable(options, optionNames.right)?.unit !== 'pixel') return 1
  const dpi = await device.get(optionNames.resolution)
  return typeof dpi === 'number' && dpi > 0 ? dpi : 1
}

/** One edge of the area as the device is told it. */
export interface EdgeSetting {
  readonly name: string
  readonly value: number
  /** How far the device may round, in the option's unit: one millimetre. */
  readonly tolerance: number
}

/** The edges of an area in the order in which a device takes them: far ones first, so that none crosses another. */
export const areaOf = (options: readonly SaneOption[], area: ScanArea, dpi: number): EdgeSetting[] => {
  const edges: EdgeSetting[] = []
  const add = (name: string, near: string, millimetres: number): void => {
    const option = usable(options, name)
    if (option === undefined) return
    const scale = option.unit === 'pixel' ? dpi / 25.4 : 1
    const origin = usable(options, near)?.constraint
    const start = origin?.kind === 'range' ? origin.min : 0
    const most = option.constraint.kind === 'range' ? option.constraint.max : Number.POSITIVE_INFINITY
    const value = Math.min(most, start + millimetres * scale)
    edges.push({ name, value: option.type === 'int' ? Math.round(value) : value, tolerance: scale })
  }
  add(optionNames.right, optionNames.left, area.x + area.width)
  add(optionNames.bottom, optionNames.top, area.y + area.height)
  add(optionNames.left, optionNames.left, area.x)
  add(optionNames.top, optionNames.top, area.y)
  return edges
}
