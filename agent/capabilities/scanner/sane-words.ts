import type { ScanMode, ScanSource } from '../../../protocol/capabilities/scanner.ts'
import { CommandError, type ErrorCode } from '../../../protocol/errors.ts'
import { SaneError, type SaneFailure } from '../../devices/sane/status.ts'

/** The words of devices for ours, the preferred one first; compared without regard to case. */
export type SaneWords = Readonly<Record<ScanMode | ScanSource, readonly string[]>>

/** Words of the backends of sane-backends 1.2 and sane-airscan. */
export const saneWords: SaneWords = {
  colour: ['Color', '24bit Color', 'Color (24 bits)', '24 bit Color', 'Full Color', '24bit Color[Fast]'],
  grey: ['Gray', 'Grayscale', '8-bit Gray', 'True Gray', 'Gray (8 bits)', '8 bit Gray'],
  blackwhite: [
    'Lineart',
    'Black & White',
    'Binary',
    'Monochrome',
    'Line Art',
    'Threshold',
    '1-bit Black & White',
  ],
  flatbed: ['Flatbed', 'FlatBed', 'FB', 'Document Table', 'Platen'],
  feeder: [
    'ADF',
    'Automatic Document Feeder',
    'ADF Front',
    'ADF Simplex',
    'ADF-one-sided',
    'Document Feeder',
    'Automatic Document Feeder(left aligned)',
    'Automatic Document Feeder(centrally aligned)',
    'FeederSimplex',
    'Feeder',
  ],
}

/** The device's own spelling of one of our words; `undefined` when it has none of them. */
export const spelling = (known: readonly string[], words: readonly string[]): string | undefined => {
  for (const word of words) {
    const found = known.find((one) => one.toLowerCase() === word.toLowerCase())
    if (found !== undefined) return found
  }
  return undefined
}

const codes: Record<SaneFailure, [ErrorCode, string]> = {
  UNSUPPORTED: ['unsupported', 'The scanner does not support this'],
  CANCELLED: ['cancelled', 'The scan was cancelled at the scanner'],
  DEVICE_BUSY: ['busy', 'Another program holds the scanner'],
  INVAL: ['unsupported', 'The scanner refused an option'],
  EOF: ['truncated', 'The page ended before its last line'],
  JAMMED: ['jam', 'Paper is jammed in the feeder'],
  NO_DOCS: ['no-document', 'The feeder is empty'],
  COVER_OPEN: ['cover-open', 'The cover of the scanner is open'],
  IO_ERROR: ['device-fault', 'The scanner failed or lost its connection'],
  NO_MEM: ['device-fault', 'The scanner ran out of memory'],
  ACCESS_DENIED: ['refused', 'The scanner denied access'],
  WARMING_UP: ['busy', 'The scanner is warming up'],
  HW_LOCKED: ['device-fault', 'The scan head is locked for transport'],
  INEXACT: ['unsupported', 'The scanner would have used another value than asked'],
  TRUNCATED: ['truncated', 'The page ended before its last line'],
  CRASHED: ['device-fault', 'The driver of the scanner crashed'],
  HUNG: ['device-fault', 'The driver of the scanner stood still and was ended'],
  UNAVAILABLE: ['device-absent', 'SANE is not installed on this terminal'],
}

/** Any thrown value as the error of a command. */
export const commandErrorOf = (thrown: unknown): CommandError => {
  if (!(thrown instanceof SaneError)) return CommandError.from(thrown)
  const [code, text] = codes[thrown.status]
  return new CommandError(code, text, { cause: thrown })
}
