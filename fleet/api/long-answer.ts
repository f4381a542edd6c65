import { createPause } from '../availability/pause.ts'
import { csvOf } from './csv.ts'

/** So many rows are written in one go, a few milliseconds' worth. */
const atOnce = 1000

/** Writes rows part by part; the event loop belongs to others in between. */
const inParts = async <T>(rows: readonly T[], write: (part: readonly T[]) => string): Promise<Buffer[]> => {
  const pause = createPause()
  const parts: Buffer[] = []
  for (let n = 0; n < rows.length; n += atOnce) {
    parts.push(Buffer.from(write(rows.slice(n, n + atOnce))))
    await pause()
  }
  return parts
}

const comma = Buffer.from(',')

/** An answer with very many rows as JSON, the same text as at once. */
export const longJson = async <T extends { readonly rows: readonly object[] }>(
  answer: T,
): Promise<Buffer> => {
  const { rows, ...rest } = answer
  const parts = await inParts(rows, (part) => JSON.stringify(part).slice(1, -1))
  const head = JSON.stringify({ ...rest, rows: [] })
  const listed = parts.flatMap((part, index) => (index === 0 ? [part] : [comma, part]))
  return Buffer.concat([Buffer.from(head.slice(0, -2)), ...listed, Buffer.from(']}')])
}

/** Very many rows as a table (RFC 4180). */
export const longCsv = async <T extends object>(
  columns: readonly (keyof T & string)[],
  rows: readonly T[],
): Promise<Buffer> => {
  const head = csvOf(columns, [])
  const parts = await inParts(rows, (part) => csvOf(columns, part).slice(head.length))
  return Buffer.concat([Buffer.from(head), ...parts])
}
