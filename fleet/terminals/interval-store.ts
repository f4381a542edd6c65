import type { ExpressionBuilder } from 'kysely'
import type { Database } from '../store/database.ts'
import type { CapabilityIntervalRow, PresenceIntervalRow, Schema } from '../store/schema.ts'
import type { CapabilityInterval, PresenceInterval } from './history.ts'
import { upsertOf } from './upsert.ts'
import { Writes } from './writes.ts'

/** How long intervals are kept, in milliseconds: three years. */
const keptMs = 3 * 366 * 86_400_000

const presenceColumns = [
  ...([
    'id',
    'terminal',
    'state',
    'from_at',
    'until_at',
    'reason',
    'judged_by',
    'note',
    'edited_by',
  ] as const),
  ...(['unseen_until', 'outage', 'run'] as const),
] as const
const capabilityColumns = [
  ...(['terminal', 'capability', 'from_at', 'until_at', 'ok', 'detail', 'detected_at'] as const),
] as const

/** The intervals of a terminal that touch a range. */
const touching =
  (terminal: string, from: number, until: number) =>
  (row: ExpressionBuilder<Schema, 'presence_intervals' | 'capability_intervals'>) =>
    row.and([
      row('terminal', '=', terminal),
      row('from_at', '<', until),
      row.or([row('until_at', 'is', null), row('until_at', '>', from)]),
    ])

/** An interval as everyone outside the store knows it. */
export const presenceOf = (row: PresenceIntervalRow): PresenceInterval => ({
  id: row.id,
  terminal: row.terminal,
  state: row.state,
  from: row.from_at,
  ...(row.until_at === null ? {} : { until: row.until_at }),
  ...(row.reason === null ? {} : { reason: row.reason }),
  ...(row.judged_by === null ? {} : { judgedBy: row.judged_by }),
  ...(row.note === null ? {} : { note: row.note }),
  ...(row.edited_by === null ? {} : { editedBy: row.edited_by }),
  ...(row.unseen_until === null ? {} : { unseenUntil: row.unseen_until }),
  ...(row.outage === null ? {} : { outage: row.outage }),
})

const capabilityOf = (row: CapabilityIntervalRow): CapabilityInterval => ({
  terminal: row.terminal,
  capability: row.capability,
  ok: row.ok === 1,
  from: row.from_at,
  ...(row.until_at === null ? {} : { until: row.until_at }),
  ...(row.detail === null ? {} : { detail: row.detail }),
  ...(row.detected_at === null ? {} : { detectedAt: row.detected_at }),
})

type Kept = {
  readonly table: 'presence' | 'capability'
  readonly row: object | undefined
  readonly id: string
}

/**
 * The rows of intervals. A row that changes is written soon, together with others; who reads waits for it. INVARIANT:
 * only the last shape of a row is written, so what was begun and taken back at once never reaches the disk.
 */
export class IntervalStore {
  readonly #database: Database
  readonly #writes: Writes
  readonly #savePresence: ReturnType<typeof upsertOf<'presence_intervals'>>
  readonly #saveCapability: ReturnType<typeof upsertOf<'capability_intervals'>>
  readonly #changed = new Map<string, Kept>()

  constructor(database: Database) {
    this.#database = database
    this.#writes = new Writes(database)
    this.#savePresence = upsertOf(database, 'presence_intervals', presenceColumns, ['id'])
    this.#saveCapability = upsertOf(database, 'capability_intervals', capabilityColumns, [
      ...(['terminal', 'capability', 'from_at'] as const),
    ])
  }

  /** The row is new or has changed. */
  put(row: PresenceIntervalRow): void {
    this.#changed.set(row.id, { table: 'presence', row, id: row.id })
  }

  /** The row shall not be. */
  drop({ id }: PresenceIntervalRow): void {
    this.#changed.set(id, { table: 'presence', row: undefined, id })
  }

  putCapability(row: CapabilityIntervalRow): void {
    const id = `${row.terminal}/${row.capability}/${row.from_at}`
    this.#changed.set(id, { table: 'capability', row, id })
  }

  /** Resolves when everything that was put is in the store. Rejects when it failed; it is tried again next time. */
  async flush(): Promise<void> {
    if (this.#changed.size === 0) return this.#writes.idle()
    const changes = [...this.#changed]
    this.#changed.clear()
    await this.#writes
      .take(async (database) => {
        for (const [, { table, row, id }] of changes) {
          if (table === 'capability') await this.#saveCapability(database, { ...row })
          else if (row) await this.#savePresence(database, { ...row })
          else await database.deleteFrom('presence_intervals').where('id', '=', id).execute()
        }
      })
      .catch((error: unknown) => {
        for (const [id, change] of changes) if (!this.#changed.has(id)) this.#changed.set(id, change)
        throw error
      })
  }

  /** The intervals that last, and of those in which the fleet itself was away the ones before them. */
  async lasting(): Promise<PresenceIntervalRow[]> {
    const open = await this.#database
      .selectFrom('presence_intervals')
      .selectAll()
      .where('until_at', 'is', null)
      .execute()
    const before = await this.#database
      .selectFrom('presence_intervals as before')
      .innerJoin('presence_intervals as open', (join) =>
        join
          .onRef('open.terminal', '=', 'before.terminal')
          .onRef('open.from_at', '=', 'before.until_at')
          .on('open.until_at', 'is', null)
          .on('open.unseen_until', 'is not', null),
      )
      .selectAll('before')
      .execute()
    return [...before, ...open]
  }

  lastingCapabilities(): Promise<CapabilityIntervalRow[]> {
    return this.#database
      .selectFrom('capability_intervals')
      .selectAll()
      .where('until_at', 'is', null)
      .execute()
  }

  async find(id: string): Promise<PresenceIntervalRow | undefined> {
    await this.flush()
    return this.#database.selectFrom('presence_intervals').selectAll().where('id', '=', id).executeTakeFirst()
  }

  /** The absences that ended with this run of the terminal. */
  async endedBy(terminal: string, run: string): Promise<PresenceIntervalRow[]> {
    await this.flush()
    return this.#database
      .selectFrom('presence_intervals')
      .selectAll()
      .where('terminal', '=', terminal)
      .where('run', '=', run)
      .orderBy('from_at', 'desc')
      .limit(100)
      .execute()
  }

  async presence(terminal: string, from: number, until: number): Promise<PresenceInterval[]> {
    await this.flush()
    const rows = await this.#database
      .selectFrom('presence_intervals')
      .selectAll()
      .where(touching(terminal, from, until))
      .orderBy('from_at')
      .execute()
    return rows.map(presenceOf)
  }

  async capabilities(terminal: string, from: number, until: number): Promise<CapabilityInterval[]> {
    await this.flush()
    const rows = await this.#database
      .selectFrom('capability_intervals')
      .selectAll()
      .where(touching(terminal, from, until))
      .orderBy('from_at')
      .execute()
    return rows.map(capabilityOf)
  }

  /** Forgets what is too old. */
  async forget(now: number): Promise<void> {
    for (const table of ['presence_intervals', 'capability_intervals'] as const) {
      await this.#database
        .deleteFrom(table)
        .where('until_at', '<', now - keptMs)
        .execute()
    }
  }
}
