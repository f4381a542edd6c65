import type { Database } from '../store/database.ts'

/** Which terminals share a layer: a terminal is in one group at most. */
export class GroupStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async names(): Promise<string[]> {
    const rows = await this.#database
      .selectFrom('configuration_groups')
      .select('name')
      .orderBy('name')
      .execute()
    return rows.map(({ name }) => name)
  }

  /** The group of each terminal that is in one. */
  async memberships(): Promise<Map<string, string>> {
    const rows = await this.#database.selectFrom('configuration_members').selectAll().execute()
    return new Map(rows.map(({ terminal, group_name }) => [terminal, group_name]))
  }

  /** Makes a group known; one that is known stays as it is. */
  async add(transaction: Database, name: string, at: number): Promise<void> {
    await transaction
      .insertInto('configuration_groups')
      .values({ name, created_at: at })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute()
  }

  /** Puts a terminal into a group, out of its former one; without a group it is in none. */
  async move(transaction: Database, terminal: string, group: string | undefined): Promise<void> {
    await transaction.deleteFrom('configuration_members').where('terminal', '=', terminal).execute()
    if (group === undefined) return
    await transaction.insertInto('configuration_members').values({ terminal, group_name: group }).execute()
  }
}
