import type { Incident } from '../../api/incident-schemas.ts'
import type { Database } from '../../store/database.ts'
import type { IncidentRecord } from './incident.ts'

/** How long an incident is kept after it is resolved, in milliseconds: three years. */
const retentionMs = 3 * 366 * 86_400_000

/** At most so many are given at once, the newest. */
const mostAtOnce = 2000

export interface IncidentQuery {
  readonly state?: Incident['state'] | undefined
  readonly from: number
  readonly until: number
}

const recordOf = ({ content }: { readonly content: string }): IncidentRecord =>
  JSON.parse(content) as IncidentRecord

/** The rows of incidents. */
export class IncidentStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Those that are not resolved, or were resolved since then. */
  async current(since: number): Promise<IncidentRecord[]> {
    const rows = await this.#database
      .selectFrom('incidents')
      .select('content')
      .where((eb) => eb.or([eb('resolved_at', 'is', null), eb('resolved_at', '>', since)]))
      .execute()
    return rows.map(recordOf)
  }

  /** Those that touch the range, the newest first. */
  async list({ state, from, until }: IncidentQuery): Promise<IncidentRecord[]> {
    let query = this.#database
      .selectFrom('incidents')
      .select('content')
      .where('merged_into', 'is', null)
      .where('opened_at', '<', until)
      .where((eb) => eb.or([eb('resolved_at', 'is', null), eb('resolved_at', '>=', from)]))
    if (state !== undefined) query = query.where('state', '=', state)
    const rows = await query.orderBy('opened_at', 'desc').orderBy('id', 'desc').limit(mostAtOnce).execute()
    return rows.map(recordOf)
  }

  /** One of them; for one that was taken in by that of its district, that one. */
  async get(id: string): Promise<IncidentRecord | undefined> {
    const row = await this.#database
      .selectFrom('incidents')
      .select(['content', 'merged_into'])
      .where('id', '=', id)
      .executeTakeFirst()
    if (!row) return undefined
    return row.merged_into === null ? recordOf(row) : this.get(row.merged_into)
  }

  async save(transaction: Database, record: IncidentRecord): Promise<void> {
    const changes = {
      state: record.state,
      opened_at: record.openedAt,
      cleared_at: record.clearedAt ?? null,
      resolved_at: record.resolvedAt ?? null,
      merged_into: record.mergedInto ?? null,
      content: JSON.stringify(record),
    }
    await transaction
      .insertInto('incidents')
      .values({ id: record.id, ...changes })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
      .execute()
  }

  /** Forgets those that are too old. */
  async forget(now: number): Promise<void> {
    await this.#database
      .deleteFrom('incidents')
      .where('resolved_at', '<', now - retentionMs)
      .execute()
  }
}
