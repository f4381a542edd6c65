import type { PrinterDescription } from '../../protocol/capabilities/printer.ts'
import type { ScannerDescription } from '../../protocol/capabilities/scanner.ts'
import type { CapabilityReport } from '../../protocol/messages.ts'

const scannerWords = ({ driver, sources }: ScannerDescription): string => {
  const dpi = sources.flatMap((source) => source.dpi)
  const range = dpi.length > 0 ? `, ${Math.min(...dpi)}–${Math.max(...dpi)} dpi` : ''
  return `${driver}: ${sources.map(({ source }) => source).join(', ')}${range}`
}

const printerWords = ({ driver, state, supplies, trays, impressions }: PrinterDescription): string => {
  const levels = supplies.flatMap(({ level }) => (level === null ? [] : [level]))
  const sheets = trays.flatMap(({ level }) => (level === null ? [] : [level]))
  return [
    `${driver}: ${state}`,
    ...(levels.length > 0 ? [`lowest supply ${Math.min(...levels)} %`] : []),
    ...(sheets.length > 0 ? [`${sheets.reduce((sum, level) => sum + level, 0)} sheets`] : []),
    ...(impressions === undefined ? [] : [`${impressions} sides so far`]),
  ].join(', ')
}

/** What a report shows, in short words and numbers: what the device said of itself, and within which time. */
export const evidenceOf = (report: CapabilityReport, milliseconds: number): string => {
  const { ok, present, detail, scanner, printer } = report
  const said = [...(scanner ? [scannerWords(scanner)] : []), ...(printer ? [printerWords(printer)] : [])]
  const words = [...(detail ? [detail] : []), ...said]
  if (words.length === 0) return ok ? 'answers' : present ? 'does not answer' : 'is not there'
  return said.length > 0 ? `${words.join('; ')} (${Math.round(milliseconds)} ms)` : words.join('; ')
}
