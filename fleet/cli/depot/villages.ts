import { parse } from 'csv-parse/sync'
import { Check } from 'typebox/value'
import { HardwareSerial } from '../../../protocol/enrolment.ts'
import { isDeviceId } from '../../../protocol/topics.ts'
import { UsageError } from '../exit.ts'

/** One line of the depot's list: the terminal for a village. */
export interface DepotVillage {
  readonly device: string
  readonly village: string
  readonly district?: string
  /** Of the machine, where it is known. */
  readonly serial?: string
}

const mostBytes = 1024 * 1024
const mostLines = 5000

interface Column {
  readonly name: keyof DepotVillage
  readonly required: boolean
  readonly fits: (value: string) => boolean
}

const isWords = (value: string) => /^[^\p{Cc}]{1,100}$/u.test(value)

const columns: readonly Column[] = [
  { name: 'device', required: true, fits: isDeviceId },
  { name: 'village', required: true, fits: isWords },
  { name: 'district', required: false, fits: isWords },
  { name: 'serial', required: false, fits: (value) => Check(HardwareSerial, value) },
]

interface Line {
  readonly record: Readonly<Record<string, string>>
  readonly info: { readonly lines: number }
}

/**
 * Reads the depot's list: CSV (RFC 4180) in UTF-8 with the columns `device`, `village`, and where known `district` and
 * `serial`. Throws `UsageError` that names the line and the column.
 */
export const readVillages = (csv: Uint8Array): readonly DepotVillage[] => {
  if (csv.length > mostBytes) throw new UsageError('The list is larger than 1 MiB')
  const lines = parseLines(new TextDecoder('utf-8').decode(csv))
  if (lines.length === 0) throw new UsageError('The list holds no village')
  if (lines.length > mostLines) throw new UsageError(`The list holds more than ${mostLines} villages`)
  const seen = new Map<string, number>()
  return lines.map(({ record, info }) => {
    const village = villageOf(record, info.lines)
    const before = seen.get(village.device)
    if (before !== undefined) {
      throw new UsageError(
        `Line ${info.lines}, column device: ${village.device} stands in line ${before} too`,
      )
    }
    seen.set(village.device, info.lines)
    return village
  })
}

const parseLines = (text: string): readonly Line[] => {
  try {
    return parse(text, {
      bom: true,
      info: true,
      trim: true,
      skip_empty_lines: true,
      max_record_size: 4096,
      columns: (names: readonly string[]) => {
        for (const { name, required } of columns) {
          if (required && !names.includes(name)) throw new UsageError(`Line 1: the column ${name} is missing`)
        }
        return [...names]
      },
    }) as unknown as readonly Line[]
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown
    throw new UsageError(thrown instanceof Error ? thrown.message : 'The list is no CSV', { cause: thrown })
  }
}

const villageOf = (record: Line['record'], line: number): DepotVillage => {
  const values = columns.flatMap(({ name, required, fits }) => {
    const value = record[name] ?? ''
    if (value === '' && !required) return []
    if (!fits(value)) throw new UsageError(`Line ${line}, column ${name}: this does not fit`)
    return [[name, value] as const]
  })
  return Object.fromEntries(values) as unknown as DepotVillage
}
