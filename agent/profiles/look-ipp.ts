import { createIppClient, type IppAttributes, type IppValue, strings } from '../devices/ipp/ipp.ts'
import { plainText } from './text.ts'

/** How a device answered to IPP. */
export interface IppAnswer {
  readonly uri: string
  readonly over: 'network' | 'ipp-usb' | 'queue'
  readonly makeAndModel: string
  /** What it can do; nothing that tells one device from another was asked for. */
  readonly attributes: Readonly<Record<string, readonly (string | number | boolean)[]>>
}

/** What is asked of a printer that may be unknown: what its model can do (RFC 8011 5.4, PWG 5100). */
const asked = [
  'printer-make-and-model',
  'printer-kind',
  'ipp-versions-supported',
  'ipp-features-supported',
  'operations-supported',
  'document-format-supported',
  'color-supported',
  'print-color-mode-supported',
  'sides-supported',
  'printer-resolution-supported',
  'pwg-raster-document-resolution-supported',
  'pwg-raster-document-type-supported',
  'urf-supported',
  'media-supported',
  'pages-per-minute',
  'compression-supported',
  'identify-actions-supported',
]

const mostValues = 64
const limits = { silenceMs: 4000, totalMs: 8000 }

const plainValue = ({ value }: IppValue): string | number | boolean | undefined => {
  if (typeof value === 'string') return plainText(value)
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (value && typeof value === 'object' && 'unit' in value) return `${value.x}x${value.y}${value.unit}`
  return undefined
}

const plainAttributes = (attributes: IppAttributes): IppAnswer['attributes'] =>
  Object.fromEntries(
    asked.flatMap((name) => {
      const values = (attributes.get(name) ?? []).slice(0, mostValues).map(plainValue)
      const known = values.filter((value) => value !== undefined)
      return known.length === 0 ? [] : [[name, known]]
    }),
  )

/** What the printer at this address says of its model; `undefined` when none answers there. */
export const askIpp = async (
  uri: string,
  over: IppAnswer['over'],
  signal: AbortSignal,
): Promise<IppAnswer | undefined> => {
  try {
    const attributes = await createIppClient(uri, { user: 'avyl', limits }).getPrinterAttributes(
      asked,
      signal,
    )
    const [makeAndModel = ''] = strings(attributes, 'printer-make-and-model')
    return { uri, over, makeAndModel: plainText(makeAndModel), attributes: plainAttributes(attributes) }
  } catch {
    // Whatever answers there, it is no printer of ours.
    return undefined
  }
}
