import { SnmpError } from './error.ts'
import {
  type SnmpPatience,
  type SnmpPeer,
  type SnmpSession,
  type SnmpVersion,
  withSession,
} from './session.ts'
import { type Row, readTable } from './table.ts'

/** One toner, drum or ink (prtMarkerSuppliesTable); `level` in percent, `null` where the printer does not know. */
export interface MibSupply {
  readonly name: string
  /** A word of PrtMarkerSuppliesTypeTC, as `tonerCartridge`; `unknown` where there is none. */
  readonly type: string
  readonly level: number | null
}

/** One tray (prtInputTable); in sheets, `null` where the printer does not know or does not count sheets. */
export interface MibTray {
  readonly name: string
  readonly level: number | null
  readonly capacity: number | null
}

/** What a printer says by its Printer-MIB (RFC 3805). */
export interface PrinterMib {
  /** Sides that it printed in its life (prtMarkerLifeCount). */
  readonly impressions?: number
  readonly supplies: readonly MibSupply[]
  readonly trays: readonly MibTray[]
}

export interface PrinterMibReader {
  /** Asks the printer. Throws `SnmpError`, or the signal's reason. */
  read(signal: AbortSignal): Promise<PrinterMib>
}

const usualPatience: SnmpPatience = { answerMs: 2000, totalMs: 5000 }

/**
 * Reads the Printer-MIB of this printer by SNMPv2c, or by SNMPv1 where it answers that alone; which one it was is kept.
 * A question is asked once, and while the version is not known each has half the time: a printer that says nothing costs
 * `answerMs`.
 */
export const createPrinterMibReader = (peer: SnmpPeer, patience = usualPatience): PrinterMibReader => {
  const half = { answerMs: patience.answerMs / 2, totalMs: patience.totalMs / 2 }
  let known: SnmpVersion | undefined
  const readBy = async (version: SnmpVersion, time: SnmpPatience, signal: AbortSignal) => {
    const mib = await withSession(peer, version, time, signal, readPrinterMib)
    known = version
    return mib
  }
  return {
    async read(signal) {
      const version = known
      known = undefined
      if (version !== undefined) return readBy(version, patience, signal)
      try {
        return await readBy('2c', half, signal)
      } catch (error) {
        if (!(error instanceof SnmpError) || error.kind !== 'timeout') throw error
        return await readBy('1', half, signal)
      }
    },
  }
}

const mib = '1.3.6.1.2.1.43'
/** The tables, and the columns that are read of them. */
const entries = { marker: `${mib}.10.2.1`, supply: `${mib}.11.1.1`, input: `${mib}.8.2.1` }
const marker = { unit: 3, lifeCount: 4 }
const supply = { type: 5, description: 6, unit: 7, capacity: 8, level: 9 }
const input = { unit: 8, capacity: 9, level: 10, name: 13 }

/** PrtMarkerCounterUnitTC and PrtMarkerSuppliesSupplyUnitTC, PrtCapacityUnitTC. */
const units = { impressions: 7, sheets: 8, percent: 19 }

/** PrtMarkerSuppliesTypeTC, from 1 on. */
const supplyTypes: readonly string[] = [
  'other',
  'unknown',
  'toner',
  'wasteToner',
  'ink',
  'inkCartridge',
  'inkRibbon',
  'wasteInk',
  'opc',
  'developer',
  'fuserOil',
  'solidWax',
  'ribbonWax',
  'wasteWax',
  'fuser',
  'coronaWire',
  'fuserOilWick',
  'cleanerUnit',
  'fuserCleaningPad',
  'transferUnit',
  'tonerCartridge',
  'fuserOiler',
  'water',
  'wasteWater',
  'glueWaterAdditive',
  'wastePaper',
  'bindingSupply',
  'bandingSupply',
  'stitchingWire',
  'shrinkWrap',
  'paperWrap',
  'staples',
  'inserts',
  'covers',
]

const readPrinterMib = async (session: SnmpSession): Promise<PrinterMib> => {
  const markers = await readTable(session, entries.marker, Object.values(marker))
  const supplies = await readTable(session, entries.supply, Object.values(supply))
  const trays = await readTable(session, entries.input, Object.values(input))
  const [impressions] = markers.flatMap((row) => {
    const count = countOf(row, marker.lifeCount)
    return count !== null && isIn(row, marker.unit, units.impressions) ? [count] : []
  })
  return {
    ...(impressions === undefined ? {} : { impressions }),
    supplies: supplies.map(readSupply),
    trays: trays.map(readTray),
  }
}

const readSupply = (row: Row): MibSupply => {
  const level = countOf(row, supply.level)
  const capacity = countOf(row, supply.capacity)
  const type = supplyTypes[(countOf(row, supply.type) ?? 0) - 1] ?? 'unknown'
  return { name: textOf(row, supply.description) || type, type, level: percentOf(row, level, capacity) }
}

const percentOf = (row: Row, level: number | null, capacity: number | null): number | null => {
  if (level === null) return null
  if (capacity !== null && capacity > 0) return Math.min(100, Math.round((100 * level) / capacity))
  return row.get(supply.unit) === units.percent ? Math.min(100, level) : null
}

const readTray = (row: Row): MibTray => {
  const counted = isIn(row, input.unit, units.sheets)
  return {
    name: textOf(row, input.name),
    level: counted ? countOf(row, input.level) : null,
    capacity: counted ? countOf(row, input.capacity) : null,
  }
}

/** Whether the row counts in this unit; one that does not say is taken at its word. */
const isIn = (row: Row, column: number, unit: number): boolean =>
  [unit, undefined].includes(row.get(column) as number | undefined)

/** A count; -1 (other), -2 (unknown) and -3 (some remain) of RFC 3805 are not counts. */
const countOf = (row: Row, column: number): number | null => {
  const value = row.get(column)
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
const latin1 = new TextDecoder('latin1')

/** Printers write UTF-8 or ISO 8859-1, and some end their text with a NUL. */
const textOf = (row: Row, column: number): string => {
  const value = row.get(column)
  if (!Buffer.isBuffer(value)) return ''
  const bytes = value.subarray(0, 255)
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    text = latin1.decode(bytes)
  }
  return text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200)
}
