import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import { places } from './places.ts'
import type { Village, Villages } from './village.ts'

/** So many villages may be described. */
const most = 10_000

const isWords = (text: string) => /^[^\p{Cc}]{1,100}$/u.test(text)

/** The villages in the store, all of them at hand. A new store begins with those of the first year. */
export class StoredVillages implements Villages {
  readonly #database: Database
  readonly #villages = new Map<string, Village>()

  constructor(database: Database) {
    this.#database = database
  }

  async start(): Promise<void> {
    const rows = await this.#database.selectFrom('villages').selectAll().orderBy('name').execute()
    for (const { latitude, longitude, ...row } of rows) {
      this.#villages.set(row.name, {
        ...row,
        ...(latitude === null ? {} : { latitude }),
        ...(longitude === null ? {} : { longitude }),
      })
    }
    if (rows.length === 0) for (const place of places) await this.put(place)
  }

  list(): readonly Village[] {
    return [...this.#villages.values()]
  }

  get(name: string): Village | undefined {
    return this.#villages.get(name)
  }

  districtOf(name: string): string {
    return this.#villages.get(name)?.district ?? ''
  }

  /** Describes a village, new or known. Throws `ProblemError` `invalid`. */
  async put(village: Village): Promise<Village> {
    const { name, district, latitude = null, longitude = null } = village
    if (!isWords(name) || (district !== '' && !isWords(district)))
      throw new ProblemError('invalid', 'This is no name of a village')
    if ((latitude === null) !== (longitude === null))
      throw new ProblemError('invalid', 'Latitude and longitude belong together')
    if (this.#villages.size >= most && !this.#villages.has(name))
      throw new ProblemError('conflict', 'There are too many villages')
    const changes = { district, latitude, longitude }
    await this.#database
      .insertInto('villages')
      .values({ name, ...changes })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(changes))
      .execute()
    this.#villages.set(name, village)
    return village
  }
}
