import type { Tier } from './tiers.ts'

/** What a statement may be given. */
export type Value = number | string | Uint8Array

/** One transaction. Statements are in the SQL that SQLite and PostgreSQL both understand, with `?` for each value. */
export interface Transaction {
  /** Each row as the list of its columns. */
  rows(sql: string, values: readonly Value[]): Promise<readonly (readonly unknown[])[]>
  run(sql: string, values: readonly Value[]): Promise<void>
  /** SQL for the bytes of a column of all rows, one after the other. */
  readonly joined: (column: string) => string
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
const pageRows = 500

/** SQL for the numbers of a column of all rows as one text; `numbersOf` reads it. */
export const listed = (column: string): string => `string_agg(cast(${column} as text), ',')`

/** The numbers of a text that `listed` gave; none of nothing. */
export const numbersOf = (list: unknown): number[] => JSON.parse(`[${list ?? ''}]`) as number[]

/**
 * The rows of a terminal in a time, the oldest first; `until` is not in it. The store joins a page of them to a few long
 * values: to make an object and a buffer for each row takes three times as long.
 */
export const eachRow = async (
  transaction: Transaction,
  { table, width }: Tier,
  terminal: number,
  { from, until }: { readonly from: number; readonly until: number },
  act: (row: PackedRow) => void,
): Promise<void> => {
  const sql = `select ${listed('at')}, ${listed('samples')}, ${listed('length(packed)')},
    ${transaction.joined('packed')}
    from (select at, packed, ${width === 1 ? 1 : 'samples'} as samples from ${table}
      where terminal = ? and at >= ? and at < ? order by at limit ${pageRows}) as page`
  for (let next = from; ; ) {
    const [page = []] = await transaction.rows(sql, [terminal, next, until])
    const [ats, samples, lengths] = page.slice(0, 3).map(numbersOf) as [number[], number[], number[]]
    let begin = 0
    for (const [index, at] of ats.entries()) {
      const end = begin + (lengths[index] ?? 0)
      act({ at, samples: samples[index] ?? 0, packed: (page[3] as Uint8Array).subarray(begin, end) })
      begin = end
    }
    if (ats.length < pageRows) return
    next = (ats.at(-1) ?? until) + 1
  }
}
