import type { ScannedPage } from '../../protocol/capabilities/scanner.ts'
import type { CommandErrorBody } from '../../protocol/errors.ts'
import type { CommandState, FinalState, Progress } from '../../protocol/messages.ts'
import type { Command } from '../api/schemas.ts'
import type { CommandRow } from '../store/schema.ts'

/** A final word of the terminal that came after another outcome was settled. */
export interface LateWord {
  readonly state: FinalState
  readonly at: number
  readonly result?: unknown
}

/** One command as the fleet works with it. Records are replaced, never changed. */
export interface CommandRecord {
  readonly id: string
  readonly terminal: string
  readonly name: string
  readonly input: unknown
  readonly state: CommandState
  readonly actor: string
  readonly issuedAt: number
  readonly expiresAt: number
  readonly deadlineMs: number
  readonly updatedAt: number
  /** When somebody asked to stop it. */
  readonly cancelledAt?: number
  readonly progress?: Progress
  readonly pages: readonly ScannedPage[]
  readonly result?: unknown
  readonly error?: CommandErrorBody
  readonly late?: LateWord
}

const textOf = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))

/** The columns that a life changes. */
export const changesOf = (record: CommandRecord) => ({
  state: record.state,
  updated_at: record.updatedAt,
  cancelled_at: record.cancelledAt ?? null,
  progress: textOf(record.progress),
  pages: JSON.stringify(record.pages),
  result: textOf(record.result),
  error: textOf(record.error),
  late: textOf(record.late),
})

/** The record as a row. */
export const rowOf = (record: CommandRecord): CommandRow => ({
  id: record.id,
  terminal: record.terminal,
  name: record.name,
  input: JSON.stringify(record.input),
  actor: record.actor,
  issued_at: record.issuedAt,
  expires_at: record.expiresAt,
  deadline_ms: record.deadlineMs,
  ...changesOf(record),
})

/** A row as a record; what stands in the store was checked before it came there. */
export const recordOf = (row: CommandRow): CommandRecord => ({
  id: row.id,
  terminal: row.terminal,
  name: row.name,
  input: JSON.parse(row.input),
  state: row.state,
  actor: row.actor,
  issuedAt: row.issued_at,
  expiresAt: row.expires_at,
  deadlineMs: row.deadline_ms,
  updatedAt: row.updated_at,
  ...(row.cancelled_at === null ? {} : { cancelledAt: row.cancelled_at }),
  ...(row.progress === null ? {} : { progress: JSON.parse(row.progress) as Progress }),
  pages: JSON.parse(row.pages) as ScannedPage[],
  ...(row.result === null ? {} : { result: JSON.parse(row.result) as unknown }),
  ...(row.error === null ? {} : { error: JSON.parse(row.error) as CommandErrorBody }),
  ...(row.late === null ? {} : { late: JSON.parse(row.late) as LateWord }),
})

/** The record as people and programs see it. */
export const commandOf = ({ deadlineMs: _, pages, ...rest }: CommandRecord): Command => ({
  ...rest,
  pages: [...pages],
})
