import { uuidv7 } from '../../protocol/uuid.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import type { MaintenanceWindowRow } from '../store/schema.ts'
import type { MaintenanceWindow } from './history.ts'

const dayMs = 86_400_000
const longestMs = 366 * dayMs
/** How far back an absence may still be announced. */
const latestMs = 31 * dayMs
const keptMs = 3 * 366 * dayMs
/** So many that have not ended may stand at once. */
const most = 5000

/** Where a terminal is, as windows are about it. */
export interface Place {
  readonly id: string
  readonly village: string
  readonly district: string
}

export type MaintenanceWish = Omit<MaintenanceWindow, 'id' | 'createdBy'>

const windowOf = ({ from_at, until_at, created_by, ...row }: MaintenanceWindowRow): MaintenanceWindow => ({
  ...row,
  from: from_at,
  until: until_at,
  createdBy: created_by,
})

/** Whether a window is about the terminal of a place. */
export const isAbout = (
  { about, name }: Pick<MaintenanceWindow, 'about' | 'name'>,
  place: Place,
): boolean => {
  switch (about) {
    case 'terminal':
      return name === place.id
    case 'village':
      return name === place.village
    case 'district':
      return name === place.district
    case 'fleet':
      return true
  }
}

/** Times for which absence was announced. Those that have not ended are at hand, to be asked each second. */
export class Maintenance {
  readonly #database: Database
  readonly #clock: Clock
  readonly #onlookers = new Set<(from: number) => void>()
  #standing: readonly MaintenanceWindow[] = []

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  async start(): Promise<void> {
    const rows = await this.#database
      .selectFrom('maintenance_windows')
      .selectAll()
      .where('until_at', '>', this.#clock.now())
      .orderBy('from_at')
      .execute()
    this.#standing = rows.map(windowOf)
  }

  /** Calls back when windows have changed, with the time from which on they have. */
  watch(onlooker: (from: number) => void): () => void {
    this.#onlookers.add(onlooker)
    return () => this.#onlookers.delete(onlooker)
  }

  /** Whether a window about this place holds now. */
  holds(place: Place): boolean {
    const now = this.#clock.now()
    return this.#standing.some((one) => one.from <= now && now < one.until && isAbout(one, place))
  }

  /** Announces an absence. Throws `ProblemError` `invalid`. */
  async add(wish: MaintenanceWish, createdBy: string): Promise<MaintenanceWindow> {
    const now = this.#clock.now()
    if (wish.from >= wish.until) throw new ProblemError('invalid', 'The window ends before it begins')
    if (wish.until - wish.from > longestMs) throw new ProblemError('invalid', 'The window is too long')
    if (wish.from < now - latestMs) throw new ProblemError('invalid', 'The window begins too long ago')
    this.#standing = this.#standing.filter(({ until }) => until > now)
    if (this.#standing.length >= most) throw new ProblemError('conflict', 'There are too many windows')
    const { from, until, ...rest } = wish
    const row = { id: uuidv7(now), ...rest, from_at: from, until_at: until, created_by: createdBy }
    await this.#database.insertInto('maintenance_windows').values(row).execute()
    const window = windowOf(row)
    if (until > now) this.#standing = [...this.#standing, window]
    for (const onlooker of this.#onlookers) onlooker(from)
    return window
  }

  async get(id: string): Promise<MaintenanceWindow | undefined> {
    const row = await this.#database
      .selectFrom('maintenance_windows')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    return row && windowOf(row)
  }

  /** Ends a window: one that has begun ends now, since what it covered was announced; another one is as if never made. */
  async end(id: string): Promise<void> {
    const now = this.#clock.now()
    this.#standing = this.#standing.filter((one) => one.id !== id)
    await this.#database
      .deleteFrom('maintenance_windows')
      .where('id', '=', id)
      .where('from_at', '>=', now)
      .execute()
    await this.#database
      .updateTable('maintenance_windows')
      .set({ until_at: now })
      .where('id', '=', id)
      .where('until_at', '>', now)
      .execute()
    for (const onlooker of this.#onlookers) onlooker(now)
  }

  /** The newest windows that touch a range, the oldest first. */
  async between(from: number, until: number): Promise<MaintenanceWindow[]> {
    const rows = await this.#database
      .selectFrom('maintenance_windows')
      .selectAll()
      .where('from_at', '<', until)
      .where('until_at', '>', from)
      .orderBy('from_at', 'desc')
      .limit(most)
      .execute()
    return rows.map(windowOf).reverse()
  }

  async forget(): Promise<void> {
    await this.#database
      .deleteFrom('maintenance_windows')
      .where('until_at', '<', this.#clock.now() - keptMs)
      .execute()
  }
}
