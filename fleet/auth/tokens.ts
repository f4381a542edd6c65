import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import type { Role } from '../store/schema.ts'
import type { Actor } from './actor.ts'
import { hashOf, newSecret } from './secret.ts'

/** Bearer tokens of programs (RFC 6750). Only their hashes are kept. */
export class Tokens {
  readonly #database: Database
  readonly #clock: Clock

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Makes a token for a program; an earlier one of the same name ends. `lifeMs` is without end when absent. */
  async create(name: string, role: Role, lifeMs?: number): Promise<string> {
    if (!/^[a-z][a-z0-9-]{0,39}$/.test(name))
      throw new ProblemError('invalid', 'This is no name of a program')
    const now = this.#clock.now()
    const token = `avyl_${newSecret()}`
    const changes = {
      secret_sha256: hashOf(token),
      role,
      created_at: now,
      expires_at: lifeMs === undefined ? null : now + lifeMs,
    }
    await this.#database
      .insertInto('tokens')
      .values({ name, ...changes })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(changes))
      .execute()
    return token
  }

  /** Whose token this is; `undefined` when it is over or none. */
  async actor(token: string): Promise<Actor | undefined> {
    const row = await this.#database
      .selectFrom('tokens')
      .select(['name', 'role', 'expires_at'])
      .where('secret_sha256', '=', hashOf(token))
      .executeTakeFirst()
    if (!row || (row.expires_at !== null && row.expires_at <= this.#clock.now())) return undefined
    return { id: `program:${row.name}`, name: row.name, role: row.role, by: 'token' }
  }
}
