import type { CompiledQuery } from 'kysely'
import type { AuditEntry } from '../api/audit-schemas.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import { Turns } from '../turns.ts'
import { type Act, entryAfter, entryOf, genesis, type Link, rowOf } from './entry.ts'

/** Which entries are asked for; times in milliseconds, `until` is not in the range. */
export interface EntryQuery {
  readonly from: number
  readonly until: number
  readonly actor?: string | undefined
  readonly action?: string | undefined
  /** Only entries with a greater number, the first of them; without it the newest. */
  readonly after?: number | undefined
  readonly limit: number
}

/** Of so many entries whose write failed the store is asked, the newest: while it takes none, they must not pile up. */
const mostInDoubt = 8

/**
 * The rows of the audit.
 *
 * INVARIANT: entries are written one after another, each to the hash of the one that is in the store before it, so
 * that the chain has no fork and no gap. An entry whose write failed may be there all the same: before the next one is
 * made, the store is asked.
 */
export class AuditLedger {
  readonly #database: Database
  readonly #clock: Clock
  readonly #turns = new Turns()
  #adding: CompiledQuery | undefined
  #last: Link = genesis
  /** What was to follow the last entry, the newest first; one of these at most is in the store. */
  #inDoubt: readonly Link[] = []

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Takes up the chain where it ends, or at `checkpoint` where nothing comes after it. */
  async start(checkpoint: Link = genesis): Promise<void> {
    const newest = await this.#database
      .selectFrom('audit_entries')
      .select(['number', 'hash'])
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirst()
    this.#last = newest ?? checkpoint
  }

  /** The newest entry that is in the store. */
  get last(): Link {
    return this.#last
  }

  /** Resolves with the entry once it is in the store; rejects when it is not. */
  append(act: Act): Promise<AuditEntry> {
    return this.#turns.take('chain', async () => {
      await this.#resolve()
      const entry = entryAfter(this.#last, this.#clock.now(), act)
      const link = { number: entry.number, hash: entry.hash }
      try {
        await this.#add(entry)
        this.#follow(link)
      } catch (error) {
        this.#inDoubt = [link, ...this.#inDoubt].slice(0, mostInDoubt)
        await this.#resolve().catch(() => undefined)
        if (this.#last.hash !== entry.hash) throw error
      }
      return entry
    })
  }

  /** Resolves with the newest entry when what was begun is in the store. */
  settled(): Promise<Link> {
    return this.#turns.take('chain', async () => {
      await this.#resolve()
      return this.#last
    })
  }

  /** Entries after this number, the oldest first. */
  async page(after: number, limit: number): Promise<AuditEntry[]> {
    const rows = await this.#database
      .selectFrom('audit_entries')
      .selectAll()
      .where('number', '>', after)
      .orderBy('number')
      .limit(limit)
      .execute()
    return rows.map(entryOf)
  }

  async find(number: number): Promise<AuditEntry | undefined> {
    const [entry] = await this.page(number - 1, 1)
    return entry?.number === number ? entry : undefined
  }

  /** What was asked for, the oldest first. */
  async list({ from, until, actor, action, after, limit }: EntryQuery): Promise<AuditEntry[]> {
    let query = this.#database
      .selectFrom('audit_entries')
      .selectAll()
      .where('at', '>=', from)
      .where('at', '<', until)
    if (actor !== undefined) query = query.where('actor', '=', actor)
    if (action !== undefined) query = query.where('action', '=', action)
    if (after !== undefined) query = query.where('number', '>', after)
    const order = after === undefined ? 'desc' : 'asc'
    const rows = await query.orderBy('number', order).limit(limit).execute()
    const entries = rows.map(entryOf)
    return after === undefined ? entries.reverse() : entries
  }

  /** The write for which every act waits is built once, since kysely takes longer to build it than the store to run it. */
  async #add(entry: AuditEntry): Promise<void> {
    const row = rowOf(entry)
    this.#adding ??= this.#database.insertInto('audit_entries').values(row).compile()
    await this.#database.executeQuery({ ...this.#adding, parameters: Object.values(row) })
  }

  #follow(link: Link): void {
    this.#last = link
    this.#inDoubt = []
  }

  /** Takes up an entry that a store at the other end of a line wrote although its word was lost. */
  async #resolve(): Promise<void> {
    if (this.#inDoubt.length === 0) return
    const stored = await this.find(this.#last.number + 1)
    const link = this.#inDoubt.find(({ hash }) => hash === stored?.hash)
    if (link) this.#follow(link)
  }
}
