import type { CapabilityReport, ProfileMessage } from '../../protocol/messages.ts'
import type { Database } from '../store/database.ts'
import type { TerminalRow } from '../store/schema.ts'
import { upsertOf } from './upsert.ts'
import { Writes } from './writes.ts'

/** One registered terminal and what it last said of itself. Records are replaced, never changed. */
export interface TerminalRecord {
  readonly id: string
  readonly village: string
  readonly registeredAt: number
  readonly lastSeen?: number
  readonly connection?: number
  readonly boot?: string
  readonly run?: string
  readonly agent?: string
  readonly farewell?: string
  readonly capabilities: Readonly<Record<string, CapabilityReport>>
  readonly profiles?: ProfileMessage['profiles']
  readonly retiredAt?: number
}

/** Capabilities as text, made once for each word of a terminal: its row is written more often than they change. */
const texts = new WeakMap<object, string>()

/** What a terminal said, as it is kept. */
export const textOf = (said: object): string => {
  const text = texts.get(said) ?? JSON.stringify(said)
  texts.set(said, text)
  return text
}

const rowOf = (record: TerminalRecord): TerminalRow => ({
  id: record.id,
  village: record.village,
  registered_at: record.registeredAt,
  last_seen: record.lastSeen ?? null,
  connection: record.connection ?? null,
  boot: record.boot ?? null,
  run: record.run ?? null,
  agent: record.agent ?? null,
  farewell: record.farewell ?? null,
  capabilities: textOf(record.capabilities),
  profiles: record.profiles ? textOf(record.profiles) : null,
  retired_at: record.retiredAt ?? null,
})

const recordOf = (row: TerminalRow): TerminalRecord => ({
  id: row.id,
  village: row.village,
  registeredAt: row.registered_at,
  ...(row.last_seen === null ? {} : { lastSeen: row.last_seen }),
  ...(row.connection === null ? {} : { connection: row.connection }),
  ...(row.boot === null ? {} : { boot: row.boot }),
  ...(row.run === null ? {} : { run: row.run }),
  ...(row.agent === null ? {} : { agent: row.agent }),
  ...(row.farewell === null ? {} : { farewell: row.farewell }),
  capabilities: JSON.parse(row.capabilities) as Record<string, CapabilityReport>,
  ...(row.profiles === null ? {} : { profiles: JSON.parse(row.profiles) as ProfileMessage['profiles'] }),
  ...(row.retired_at === null ? {} : { retiredAt: row.retired_at }),
})

const columns = [
  ...(['id', 'village', 'registered_at', 'last_seen', 'connection', 'boot', 'run', 'agent'] as const),
  ...(['farewell', 'capabilities', 'profiles', 'retired_at'] as const),
] as const

/** The rows of terminals. */
export class Registry {
  readonly #database: Database
  readonly #writes: Writes
  readonly #upsert: ReturnType<typeof upsertOf<'terminals'>>

  constructor(database: Database) {
    this.#database = database
    this.#writes = new Writes(database)
    this.#upsert = upsertOf(database, 'terminals', columns, ['id'])
  }

  async all(): Promise<TerminalRecord[]> {
    const rows = await this.#database.selectFrom('terminals').selectAll().orderBy('id').execute()
    return rows.map(recordOf)
  }

  /** Writes a terminal, new or known; resolves when it is in the store. */
  save(record: TerminalRecord): Promise<void> {
    return this.#writes.take((database) => this.#upsert(database, { ...rowOf(record) }))
  }
}
