import type { Count } from '../availability/count.ts'
import { figuresOf, type GroupRows, type Label } from '../availability/rows.ts'
import { csvNames, csvRows } from './csv.ts'
import type { AvailabilityRow } from './health-schemas.ts'
import { bytesOf, LongText } from './long-answer.ts'

/** An answer that is written while its rows come. */
export interface AvailabilityText {
  readonly add: (rows: GroupRows) => void
  /** The whole text; `rest` is what stands beside the rows, where the form has a place for it. */
  readonly end: (rest: object) => LongText
}

/** Writes each part once. */
const onceEach = <T extends object>(write: (part: T) => string): ((part: T) => string) => {
  const written = new Map<T, string>()
  return (part) => {
    const known = written.get(part)
    if (known !== undefined) return known
    const text = write(part)
    written.set(part, text)
    return text
  }
}

/** Writes what says the same as the one before once: most that a terminal can do works whenever it is there. */
const unlessAsBefore = (write: (count: Count) => string): ((count: Count) => string) => {
  let before: Count = { open: Number.NaN, maintenance: 0, up: 0 }
  let text = ''
  return (count) => {
    const isSame =
      count.open === before.open && count.maintenance === before.maintenance && count.up === before.up
    if (!isSame) text = write(count)
    before = count
    return text
  }
}

/**
 * The answer as JSON. A month of 700 terminals has more than 20,000 rows, in which little differs: one terminal, the
 * names of the days, days in which nothing happened. Such parts of a row are written once and copied.
 */
export const availabilityJson = (): AvailabilityText => {
  const text = new LongText()
  const labelOf = onceEach<Label>((label) => `,${JSON.stringify(label).slice(1, -1)}`)
  const dayOf = onceEach(countText)
  const sumOf = unlessAsBefore(countText)
  let before = '{"rows":['
  return {
    add: ({ head, rows }) => {
      const begin = bytesOf(JSON.stringify(head).slice(0, -1))
      let piece = ''
      for (const { label, count } of rows) {
        const figures = label.period === undefined ? sumOf(count) : dayOf(count)
        piece += before + begin + labelOf(label) + figures
        before = ','
      }
      text.addBytes(piece)
    },
    end: (rest) => {
      if (before !== ',') text.addBytes(before)
      text.addBytes(`],${JSON.stringify(rest).slice(1)}`)
      return text
    },
  }
}

const countText = (count: Count): string => `,${JSON.stringify(figuresOf(count)).slice(1)}`

const columns = [
  ...(['key', 'village', 'district', 'capability', 'period'] as const),
  ...(['openSeconds', 'maintenanceSeconds', 'upSeconds', 'share'] as const),
] as const satisfies readonly (keyof AvailabilityRow)[]

/** The answer as a table (RFC 4180). */
export const availabilityCsv = (): AvailabilityText => {
  const text = new LongText()
  text.add(Buffer.from(csvNames(columns)))
  return {
    add: ({ head, rows }) => {
      const whole = rows.map(
        ({ label, count }): AvailabilityRow => ({ ...head, ...label, ...figuresOf(count) }),
      )
      text.add(Buffer.from(csvRows(columns, whole)))
    },
    end: () => text,
  }
}
