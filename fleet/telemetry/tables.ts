import type { Tier } from './tiers.ts'

/** What a statement may be given. */
export type Value = number | string | Uint8Array

/** One transaction. Statements are in the SQL that SQLite and PostgreSQL both understand, with `?` for each value. */
export interface Transaction {
  rows(sql: string, values: readonly Value[]): Promise<readonly Readonly<Record<string, unknown>>[]>
  run(sql: string, values: readonly Value[]): Promise<void>
}

/** Where vitals are kept: a file of SQLite's or tables in PostgreSQL. */
export interface Tables {
  /** Commits when `act` resolves, undoes everything when it rejects. */
  transaction<T>(act: (transaction: Transaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Thrown where the file of the vitals is damaged beyond reading. */
export class TelemetryDamaged extends Error {
  override readonly name = 'TelemetryDamaged'
}

/** A row of a tier. */
export interface PackedRow {
  readonly at: number
  readonly samples: number
  readonly packed: Uint8Array
}

/**
 * What makes the tables. `clustered` ends those whose rows are read by terminal and time. `bytea` is PostgreSQL's word;
 * SQLite takes any.
 */
export const createTables = (clustered: string): readonly string[] => [
  `create table if not exists telemetry_terminals (
    number integer primary key, name text not null unique, thinned_until bigint not null)`,
  `create table if not exists telemetry_raw (
    terminal integer not null, at bigint not null, packed bytea not null, primary key (terminal, at))${clustered}`,
  `create table if not exists telemetry_minutes (
    terminal integer not null, at bigint not null, samples integer not null, packed bytea not null,
    primary key (terminal, at))${clustered}`,
  `create table if not exists telemetry_hours (
    terminal integer not null, at bigint not null, samples integer not null, packed bytea not null,
    primary key (terminal, at))${clustered}`,
  `create table if not exists telemetry_pending (
    terminal integer not null, at bigint not null, primary key (terminal, at))${clustered}`,
]

/** Rows are read so many at a time, so that memory stays bounded whatever a terminal sent. */
const pageRows = 5000

/** The rows of a terminal in a time, the oldest first; `until` is not in it. */
export const eachRow = async (
  transaction: Transaction,
  { table, width }: Tier,
  terminal: number,
  { from, until }: { readonly from: number; readonly until: number },
  act: (row: PackedRow) => void,
): Promise<void> => {
  const columns = width === 1 ? 'at, packed' : 'at, packed, samples'
  const sql = `select ${columns} from ${table} where terminal = ? and at >= ? and at < ? order by at limit ${pageRows}`
  for (let next = from; ; ) {
    const rows = await transaction.rows(sql, [terminal, next, until])
    for (const { at, packed, samples = 1 } of rows)
      act({ at: at as number, packed: packed as Uint8Array, samples: samples as number })
    const last = rows.at(-1)
    if (rows.length < pageRows || !last) return
    next = (last.at as number) + 1
  }
}
