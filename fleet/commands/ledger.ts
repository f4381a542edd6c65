import { createHash } from 'node:crypto'
import type { CompiledQuery } from 'kysely'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import { type CommandRecord, changesOf, recordOf, rowOf } from './record.ts'

const openStates = ['queued', 'sent', 'received', 'running'] as const

/** How long an idempotency key is honoured, in milliseconds. */
const keyLifeMs = 7 * 86_400_000

const requestOf = ({ terminal, name, input }: CommandRecord): string =>
  createHash('sha256')
    .update(JSON.stringify([terminal, name, input]))
    .digest('hex')

/**
 * The rows of commands. Nothing is told or sent before it stands here. The two writes that every command waits for are
 * built once, since kysely takes longer to build such a query than the store to run it.
 */
export class Ledger {
  readonly #database: Database
  #entering: CompiledQuery | undefined
  #saving: CompiledQuery | undefined

  constructor(database: Database) {
    this.#database = database
  }

  /** Writes a new command. */
  async enter(record: CommandRecord): Promise<void> {
    const row = rowOf(record)
    this.#entering ??= this.#database.insertInto('commands').values(row).compile()
    await this.#database.executeQuery({ ...this.#entering, parameters: Object.values(row) })
  }

  /**
   * Writes a new command unless the actor used this key before: then gives the command that was written at that
   * time. Throws `conflict` when the key stood for another request.
   */
  async enterOnce(record: CommandRecord, key: string): Promise<CommandRecord> {
    return this.#database.transaction().execute(async (transaction) => {
      const before = await this.entered(record, key, transaction)
      if (before) return before
      await transaction
        .insertInto('idempotency_keys')
        .values({
          ...{ actor: record.actor, key, command: record.id },
          ...{ request: requestOf(record), created_at: record.issuedAt },
        })
        .execute()
      await transaction.insertInto('commands').values(rowOf(record)).execute()
      return record
    })
  }

  /** The command for which the actor used this key. Throws `conflict` when it was another request than this one. */
  async entered(
    record: CommandRecord,
    key: string,
    database = this.#database,
  ): Promise<CommandRecord | undefined> {
    const before = await database
      .selectFrom('idempotency_keys')
      .selectAll()
      .where('actor', '=', record.actor)
      .where('key', '=', key)
      .executeTakeFirst()
    if (!before) return undefined
    if (before.request !== requestOf(record)) {
      throw new ProblemError('conflict', 'The key was used for another request')
    }
    const row = await database
      .selectFrom('commands')
      .selectAll()
      .where('id', '=', before.command)
      .executeTakeFirstOrThrow()
    return recordOf(row)
  }

  /** Writes what changed. */
  async save(record: CommandRecord): Promise<void> {
    const changes = changesOf(record)
    this.#saving ??= this.#database.updateTable('commands').set(changes).where('id', '=', record.id).compile()
    await this.#database.executeQuery({
      ...this.#saving,
      parameters: [...Object.values(changes), record.id],
    })
  }

  async find(id: string): Promise<CommandRecord | undefined> {
    const row = await this.#database
      .selectFrom('commands')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    return row && recordOf(row)
  }

  /** Every command that is not over, the oldest first. */
  async open(): Promise<CommandRecord[]> {
    const rows = await this.#database
      .selectFrom('commands')
      .selectAll()
      .where('state', 'in', openStates)
      .orderBy('id')
      .execute()
    return rows.map(recordOf)
  }

  /** The newest commands of a terminal, the newest first. */
  async latest(terminal: string, limit: number): Promise<CommandRecord[]> {
    const rows = await this.#database
      .selectFrom('commands')
      .selectAll()
      .where('terminal', '=', terminal)
      .orderBy('issued_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
    return rows.map(recordOf)
  }

  /** Forgets idempotency keys that are too old to be honoured. */
  async forgetKeys(now: number): Promise<void> {
    await this.#database
      .deleteFrom('idempotency_keys')
      .where('created_at', '<', now - keyLifeMs)
      .execute()
  }
}
