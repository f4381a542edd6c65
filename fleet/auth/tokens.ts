import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import type { Role } from '../store/schema.ts'
import type { Actor } from './actor.ts'
import { hashOf, newSecret } from './secret.ts'

/** How long a token that was looked up stands without another look, in milliseconds: an ended one lives on so long. */
const trustedMs = 1000

/** Bearer tokens of programs (RFC 6750). Only their hashes are kept. */
export class Tokens {
  readonly #database: Database
  readonly #clock: Clock
  /** By their hashes: a program that is at work asks many times a second. */
  readonly #lately = new Map<string, { readonly actor: Actor; readonly until: number }>()

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
    this.#lately.clear()
    return token
  }

  /** Whose token this is; `undefined` when it is over or none. */
  async actor(token: string): Promise<Actor | undefined> {
    const hash = hashOf(token)
    const now = this.#clock.now()
    const known = this.#lately.get(hash)
    if (known && now < known.until) return known.actor
    this.#lately.delete(hash)
    const row = await this.#database
      .selectFrom('tokens')
      .select(['name', 'role', 'expires_at'])
      .where('secret_sha256', '=', hash)
      .executeTakeFirst()
    if (!row || (row.expires_at !== null && row.expires_at <= now)) return undefined
    const actor: Actor = { id: `program:${row.name}`, name: row.name, role: row.role, by: 'token' }
    const until = Math.min(now + trustedMs, row.expires_at ?? Number.POSITIVE_INFINITY)
    this.#lately.set(hash, { actor, until })
    return actor
  }
}
