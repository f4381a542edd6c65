import type { SheetMark } from '../../../protocol/setup.ts'
import { SetupFault } from '../fault.ts'
import type { ReadSheet } from './desk.ts'

/** The sheets that this terminal has printed: the newest data, and hashes of earlier ones. */
export interface PrintedSheets {
  readonly hash: string
  readonly earlier: readonly string[]
}

/**
 * Whether the page on the glass is the sheet that was printed last, whole; which of its prints it is does not matter.
 * Throws `SetupFault` that says what lies there instead.
 */
export const recogniseSheet = (
  { marks }: Pick<ReadSheet, 'marks'>,
  blank: boolean,
  printed: PrintedSheets,
): SheetMark => {
  const own = marks.filter(({ hash }) => hash === printed.hash)
  const [first] = own
  if (first === undefined) {
    if (marks.length === 0) throw new SetupFault(blank ? 'sheet-blank' : 'sheet-without-mark')
    const isOld = marks.some(({ hash }) => printed.earlier.includes(hash))
    throw new SetupFault(isOld ? 'sheet-old' : 'sheet-of-another')
  }
  const corners = new Set(own.filter(({ nonce }) => nonce === first.nonce).map(({ corner }) => corner))
  if (corners.size < 2) throw new SetupFault('sheet-cut')
  return first
}
