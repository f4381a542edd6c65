import type { CapabilityReport, ProfileMessage } from '../../protocol/messages.ts'
import type { Database } from '../store/database.ts'
import type { TerminalRow } from '../store/schema.ts'

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
  capabilities: JSON.stringify(record.capabilities),
  profiles: record.profiles ? JSON.stringify(record.profiles) : null,
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
})

/** The rows of terminals. */
export class Registry {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async all(): Promise<TerminalRecord[]> {
    const rows = await this.#database.selectFrom('terminals').selectAll().orderBy('id').execute()
    return rows.map(recordOf)
  }

  /** Writes a terminal, new or known. */
  async save(record: TerminalRecord): Promise<void> {
    const { id, ...changes } = rowOf(record)
    await this.#database
      .insertInto('terminals')
      .values({ id, ...changes })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
      .execute()
  }
}
