import { uuidv7 } from '../../protocol/uuid.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'

/** How often the fleet writes down that it is there, in milliseconds. */
const markMs = 5000
/** A mark that comes so late says that the machine slept. */
const lateMs = 30_000
const keptMs = 3 * 366 * 86_400_000

/** When the fleet itself was there: what it could not see is nobody's downtime. */
export class FleetRuns {
  readonly #database: Database
  readonly #clock: Clock
  #id = ''
  #seenAt = 0
  #stop = () => {}

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Begins a run; resolves to when the one before was last there, where there was one. */
  async start(failed: (error: unknown) => void): Promise<number | undefined> {
    const last = await this.#database
      .selectFrom('fleet_runs')
      .select('seen_at')
      .orderBy('seen_at', 'desc')
      .limit(1)
      .executeTakeFirst()
    await this.#begin()
    this.#stop = this.#clock.every(markMs, () => void this.mark().catch(failed))
    return last?.seen_at
  }

  /** Writes down that the fleet is there now. */
  async mark(): Promise<void> {
    const now = this.#clock.now()
    if (now - this.#seenAt > lateMs) return this.#begin()
    this.#seenAt = now
    await this.#database.updateTable('fleet_runs').set({ seen_at: now }).where('id', '=', this.#id).execute()
  }

  /** Makes no more marks. */
  stop(): void {
    this.#stop()
  }

  /** When it was there, the oldest first, in a range. */
  async between(from: number, until: number): Promise<{ readonly from: number; readonly until: number }[]> {
    const rows = await this.#database
      .selectFrom('fleet_runs')
      .select(['started_at', 'seen_at', 'id'])
      .where('started_at', '<', until)
      .where('seen_at', '>=', from)
      .orderBy('started_at')
      .execute()
    const now = this.#clock.now()
    return rows.map((row) => ({ from: row.started_at, until: row.id === this.#id ? now : row.seen_at }))
  }

  async forget(): Promise<void> {
    await this.#database
      .deleteFrom('fleet_runs')
      .where('seen_at', '<', this.#clock.now() - keptMs)
      .execute()
  }

  async #begin(): Promise<void> {
    const now = this.#clock.now()
    this.#id = uuidv7(now)
    this.#seenAt = now
    await this.#database
      .insertInto('fleet_runs')
      .values({ id: this.#id, started_at: now, seen_at: now })
      .execute()
  }
}
