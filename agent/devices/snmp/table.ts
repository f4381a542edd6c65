import { SnmpError } from './error.ts'
import type { SnmpSession, SnmpVariable } from './session.ts'

/** The longest tables of printers have a dozen rows. */
const mostRows = 64
/** What is behind the column in the identifier of a value: the row, as `hrDeviceIndex.index` (RFC 3805). */
const rowPattern = /^[0-9]{1,10}(\.[0-9]{1,10}){0,5}$/

/** One row: the values of its columns, by their numbers. */
export type Row = ReadonlyMap<number, SnmpVariable['value']>

interface Cursor {
  readonly column: number
  readonly base: string
  at: string
}

/**
 * Reads columns of the table whose entry is `entry`, row after row, 64 rows at most: what is new of a peer that goes in
 * circles or never ends is no more than that. Columns that it does not have are missing in the rows. Throws `SnmpError`
 * (`timeout`, `unreachable`, `malformed`).
 */
export const readTable = async (
  session: SnmpSession,
  entry: string,
  columns: readonly number[],
): Promise<readonly Row[]> => {
  const rows = new Map<string, Map<number, SnmpVariable['value']>>()
  let cursors: readonly Cursor[] = columns.map((column) => {
    const base = `${entry}.${column}`
    return { column, base, at: base }
  })
  const take = (cursor: Cursor, variable: SnmpVariable | undefined): boolean => {
    if (variable === undefined || !variable.oid.startsWith(`${cursor.base}.`)) return false
    const index = variable.oid.slice(cursor.base.length + 1)
    const row = rows.get(index) ?? new Map<number, SnmpVariable['value']>()
    if (!rowPattern.test(index) || row.has(cursor.column)) return false
    rows.set(index, row.set(cursor.column, variable.value))
    cursor.at = variable.oid
    return true
  }
  for (let asked = 0; asked < mostRows && cursors.length > 0 && rows.size < mostRows; asked++) {
    const variables = await nextOf(session, cursors)
    cursors = cursors.filter((cursor, index) => take(cursor, variables[index]))
  }
  return [...rows.values()]
}

/**
 * The next variable of each. SNMPv1 answers all by an error when one of them is the last, or all do not fit into its
 * datagram (RFC 1157 4.1.3): they are asked for one by one then.
 */
const nextOf = async (
  session: SnmpSession,
  cursors: readonly Cursor[],
): Promise<readonly (SnmpVariable | undefined)[]> => {
  try {
    return await session.next(cursors.map(({ at }) => at))
  } catch (error) {
    if (!(error instanceof SnmpError) || error.kind !== 'refused') throw error
    if (cursors.length === 1) return [undefined]
  }
  const variables: (SnmpVariable | undefined)[] = []
  for (const cursor of cursors) variables.push(...(await nextOf(session, [cursor])))
  return variables
}
