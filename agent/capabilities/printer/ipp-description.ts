import type {
  PrinterDescription,
  PrinterState,
  Supply,
  Tray,
} from '../../../protocol/capabilities/printer.ts'
import { boolean, type IppAttributes, integers, octets, resolutions, strings } from '../../devices/ipp/ipp.ts'
import { parseStateReasons } from './state-reason.ts'

/** What is asked of a printer to describe it: names of RFC 8011, PWG 5100.13, PWG 5100.22 and of CUPS (`marker-…`). */
export const describedAttributes: readonly string[] = [
  'printer-make-and-model',
  'printer-state',
  'printer-state-reasons',
  'document-format-supported',
  'color-supported',
  'sides-supported',
  'printer-resolution-supported',
  'pwg-raster-document-resolution-supported',
  'pages-per-minute',
  'printer-supply',
  'printer-supply-description',
  'printer-input-tray',
  'marker-names',
  'marker-types',
  'marker-colors',
  'marker-levels',
  'printer-impressions-completed',
]

/** Makes a description of what a printer said of itself; what it left out is empty or unknown. */
export const describePrinter = (attributes: IppAttributes): PrinterDescription => {
  const [pagesPerMinute] = integers(attributes, 'pages-per-minute')
  const [impressions = -1] = integers(attributes, 'printer-impressions-completed')
  const supplies = suppliesOf(attributes)
  return {
    makeAndModel: (strings(attributes, 'printer-make-and-model')[0] ?? '').slice(0, 200),
    driver: 'ipp',
    state: printerState(attributes),
    reasons: parseStateReasons(strings(attributes, 'printer-state-reasons')),
    formats: strings(attributes, 'document-format-supported')
      .map((format) => format.slice(0, 100))
      .slice(0, 50),
    colour: boolean(attributes, 'color-supported') ?? false,
    duplex: strings(attributes, 'sides-supported').some((sides) => sides.startsWith('two-sided')),
    dpi: dpiOf(attributes),
    ...(pagesPerMinute === undefined || pagesPerMinute < 0 ? {} : { pagesPerMinute }),
    supplies: (supplies.length > 0 ? supplies : markersOf(attributes)).slice(0, 50),
    trays: traysOf(attributes).slice(0, 20),
    ...(impressions < 0 ? {} : { impressions }),
  }
}

/** A queue and the MFP behind it as one printer: it takes what the queue takes, and is stopped when either is. */
export const describeQueue = (queue: PrinterDescription, mfp: PrinterDescription): PrinterDescription => {
  const own = queue.reasons.filter(({ reason }) => mfp.reasons.every((other) => other.reason !== reason))
  return {
    ...mfp,
    state: queue.state === 'stopped' ? 'stopped' : mfp.state,
    reasons: [...mfp.reasons, ...own].slice(0, 50),
    formats: queue.formats,
  }
}

const states: Readonly<Record<number, PrinterState>> = { 3: 'idle', 4: 'processing', 5: 'stopped' }

/** `printer-state` (RFC 8011 5.4.11). */
export const printerState = (attributes: IppAttributes): PrinterState =>
  states[integers(attributes, 'printer-state')[0] ?? 0] ?? 'unknown'

const dpiOf = (attributes: IppAttributes): number[] => {
  const all = ['printer-resolution-supported', 'pwg-raster-document-resolution-supported']
    .flatMap((name) => resolutions(attributes, name))
    .map(({ x, unit }) => (unit === 'dpi' ? x : Math.round(x * 2.54)))
    .filter((dpi) => dpi > 0)
  return [...new Set(all)].sort((a, b) => a - b).slice(0, 20)
}

/** The fields of one `printer-supply` or `printer-input-tray` value: `key=value;…` (PWG 5100.13 6.5). */
const fieldsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .slice(0, 1024)
      .split(';')
      .map((field) => field.split('=', 2) as [string, string?])
      .map(([key, value]) => [key.trim().toLowerCase(), value?.trim() ?? '']),
  )

/** A count of RFC 3805: -1, -2 and -3 (other, unknown, at least one) are not counts. */
const countOf = (text: string | undefined): number | null =>
  text !== undefined && /^[0-9]{1,9}$/.test(text) ? Number(text) : null

const suppliesOf = (attributes: IppAttributes): Supply[] => {
  const names = strings(attributes, 'printer-supply-description')
  return octets(attributes, 'printer-supply').map((text, index) => {
    const fields = fieldsOf(text)
    const type = fields.get('type') ?? 'unknown'
    return supply(
      names[index] ?? type,
      type,
      fields.get('colorantname'),
      percentOf(countOf(fields.get('level')), countOf(fields.get('maxcapacity')), fields.get('unit')),
    )
  })
}

/** Levels come in percent, or in a unit of the capacity. */
const percentOf = (
  level: number | null,
  capacity: number | null,
  unit: string | undefined,
): number | null => {
  if (level === null) return null
  if (capacity !== null && capacity > 0) return Math.min(100, Math.round((100 * level) / capacity))
  return unit === 'percent' ? Math.min(100, level) : null
}

/** What CUPS says of a queue's supplies instead: levels in percent, colours as #RRGGBB. */
const markersOf = (attributes: IppAttributes): Supply[] => {
  const types = strings(attributes, 'marker-types')
  const colours = strings(attributes, 'marker-colors')
  const levels = integers(attributes, 'marker-levels')
  return strings(attributes, 'marker-names').map((name, index) => {
    const level = levels[index] ?? -2
    return supply(name, types[index] ?? 'unknown', colours[index], level < 0 ? null : Math.min(100, level))
  })
}

const supply = (name: string, type: string, colour: string | undefined, level: number | null): Supply => ({
  name: name.slice(0, 200),
  type: type.slice(0, 100),
  ...(colour === undefined || ['', 'unknown', 'none'].includes(colour)
    ? {}
    : { colour: colour.slice(0, 100) }),
  level,
})

const traysOf = (attributes: IppAttributes): Tray[] =>
  octets(attributes, 'printer-input-tray')
    .map(fieldsOf)
    // `auto` lets the printer choose among the others; it holds no paper.
    .filter((fields) => fields.get('name') !== 'auto')
    .map((fields) => ({
      name: (fields.get('name') ?? '').slice(0, 200),
      level: countOf(fields.get('level')),
      capacity: countOf(fields.get('maxcapacity')),
    }))
