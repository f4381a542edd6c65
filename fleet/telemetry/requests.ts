import type { PostgresSettings } from '../store/postgres.ts'
import type { Batch } from './batch.ts'
import type { Readings } from './newest.ts'
import type { PackedPoints } from './points.ts'
import type { SeriesQuery } from './telemetry.ts'

/** Where vitals are kept: in a file of their own, or in tables of their own in PostgreSQL. */
export type TelemetryStore = { readonly file: string } | { readonly postgres: PostgresSettings }

/** What the fleet's main thread asks of the thread that keeps the vitals. */
export interface Requests {
  keep: { readonly ask: Batch; readonly answer: undefined }
  series: {
    readonly ask: { readonly query: SeriesQuery; readonly now: number }
    readonly answer: PackedPoints
  }
  newest: { readonly ask: null; readonly answer: ReadonlyMap<string, Readings> }
  tend: { readonly ask: { readonly now: number }; readonly answer: undefined }
  close: { readonly ask: null; readonly answer: undefined }
}

export type RequestName = keyof Requests

/** A request on its way. */
export interface Request<Name extends RequestName = RequestName> {
  readonly id: number
  readonly name: Name
  readonly ask: Requests[Name]['ask']
}

/** An answer on its way, or that a damaged file was put aside. */
export type Reply =
  | { readonly id: number; readonly answer: Requests[RequestName]['answer'] }
  | { readonly id: number; readonly error: string }
  | { readonly aside: string }
