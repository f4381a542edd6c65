import type { Insertable, Selectable } from 'kysely'
import type { CommandState } from '../../protocol/messages.ts'

/** Milliseconds since 1970-01-01T00:00Z. */
type Time = number
/** A JSON document as text. */
type Json = string

/** One service point. */
export interface TerminalsTable {
  id: string
  village: string
  registered_at: Time
  /** When the terminal was last known to be connected; `null` until the first time. */
  last_seen: Time | null
  /** The connection whose presence counts; a will of an older one is ignored. */
  connection: number | null
  boot: string | null
  run: string | null
  agent: string | null
  /** Why it said goodbye, until it is back. */
  farewell: string | null
  /** Capabilities of its last profile. */
  capabilities: Json
}

/** One command: this row is the truth about it. */
export interface CommandsTable {
  id: string
  terminal: string
  name: string
  input: Json
  state: CommandState
  actor: string
  issued_at: Time
  expires_at: Time
  deadline_ms: number
  updated_at: Time
  cancelled_at: Time | null
  progress: Json | null
  pages: Json
  result: Json | null
  error: Json | null
  /** The terminal's last word that came after the final state; it changes nothing. */
  late: Json | null
}

/** A promise that the same key of the same actor leads to the same command. */
export interface IdempotencyKeysTable {
  actor: string
  key: string
  command: string
  /** SHA-256 of terminal, name and input. */
  request: string
  created_at: Time
}

/** A file that the fleet holds; its bytes lie in the data folder by content hash. */
export interface ArtefactsTable {
  id: string
  kind: 'page' | 'document' | 'diagnostics'
  media_type: string
  bytes: number
  sha256: string
  preview_sha256: string | null
  preview_bytes: number | null
  created_at: Time
  /** When it is due to be erased. */
  erase_at: Time
  /** When it was erased; the row stays. */
  erased_at: Time | null
  pages: number | null
  command: string | null
  terminal: string | null
}

/** Things that happened on terminals, each once. */
export interface EventsTable {
  id: string
  terminal: string
  type: string
  at: Time
  received_at: Time
  data: Json
}

/** A person who signs in. */
export interface UsersTable {
  id: string
  name: string
  password: string
  role: Role
  created_at: Time
}

/** A person who is signed in. Only the hash of the session's secret is kept. */
export interface SessionsTable {
  secret_sha256: string
  user: string
  created_at: Time
  expires_at: Time
}

/** A program's way in. Only the hash of the token is kept. */
export interface TokensTable {
  secret_sha256: string
  name: string
  role: Role
  created_at: Time
  expires_at: Time | null
}

/** What a person or a program is to the fleet. */
export type Role = 'expert' | 'operator' | 'technician' | 'admin' | 'auditor'

/** Every table of the fleet. */
export interface Schema {
  terminals: TerminalsTable
  commands: CommandsTable
  idempotency_keys: IdempotencyKeysTable
  artefacts: ArtefactsTable
  events: EventsTable
  users: UsersTable
  sessions: SessionsTable
  tokens: TokensTable
}

export type TerminalRow = Selectable<TerminalsTable>
export type CommandRow = Selectable<CommandsTable>
export type ArtefactRow = Selectable<ArtefactsTable>
export type NewArtefactRow = Insertable<ArtefactsTable>
