import type { Figures, GroupRows, Head } from '../availability/rows.ts'
import { csvOf } from './csv.ts'
import type { AvailabilityRow } from './health-schemas.ts'
import { LongText } from './long-answer.ts'

/** An answer that is written while its rows come. */
export interface AvailabilityText {
  readonly add: (rows: GroupRows) => void
  /** The whole text; `rest` is what stands beside the rows, where the form has a place for it. */
  readonly end: (rest: object) => Buffer
}

/** ASCII alone. */
const figuresOf = (figures: Figures): string => {
  const { capability, period, openSeconds, maintenanceSeconds, upSeconds, share } = figures
  const when = period === undefined ? '' : `,"period":"${period}"`
  const seconds = `"openSeconds":${openSeconds},"maintenanceSeconds":${maintenanceSeconds},"upSeconds":${upSeconds}`
  return `,"capability":"${capability}"${when},${seconds}${share === undefined ? '' : `,"share":${share}`}}`
}

/**
 * The answer as JSON. A month of 700 terminals has more than 20,000 rows, in which little differs: what is the same in
 * all rows of a terminal is written once and copied, which takes a third of the time of `JSON.stringify`.
 */
export const availabilityJson = (): AvailabilityText => {
  const text = new LongText()
  text.ascii('{"rows":[')
  let isFirst = true
  return {
    add: ({ head, rows }) => {
      const same = Buffer.from(`,${JSON.stringify(head).slice(0, -1)}`)
      for (const row of rows) {
        text.bytes(isFirst ? same.subarray(1) : same)
        text.ascii(figuresOf(row))
        isFirst = false
      }
    },
    end: (rest) => {
      text.add(`],${JSON.stringify(rest).slice(1)}`)
      return text.end()
    },
  }
}

const columns = [
  ...(['key', 'village', 'district', 'capability', 'period'] as const),
  ...(['openSeconds', 'maintenanceSeconds', 'upSeconds', 'share'] as const),
] as const satisfies readonly (keyof AvailabilityRow)[]

/** The answer as a table (RFC 4180). */
export const availabilityCsv = (): AvailabilityText => {
  const text = new LongText()
  const names = csvOf(columns, [])
  text.add(names)
  return {
    add: ({ head, rows }) => {
      const table = csvOf<Head & Figures>(
        columns,
        rows.map((row) => ({ ...head, ...row })),
      )
      text.add(table.slice(names.length))
    },
    end: () => text.end(),
  }
}
