import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import type { Actor } from './actor.ts'
import { hashOf, newSecret } from './secret.ts'
import type { User } from './users.ts'

/** How long a person stays signed in, in milliseconds: one long working day. */
export const sessionLifeMs = 12 * 3_600_000

/** Who is signed in. The secret lies in the person's cookie; here is only its hash. */
export class Sessions {
  readonly #database: Database
  readonly #clock: Clock

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Begins a session and gives its secret. */
  async begin(user: User): Promise<string> {
    const now = this.#clock.now()
    await this.#database.deleteFrom('sessions').where('expires_at', '<=', now).execute()
    const secret = newSecret()
    await this.#database
      .insertInto('sessions')
      .values({
        secret_sha256: hashOf(secret),
        user: user.id,
        created_at: now,
        expires_at: now + sessionLifeMs,
      })
      .execute()
    return secret
  }

  /** Whose session this is; `undefined` when it is over or none. */
  async actor(secret: string): Promise<Actor | undefined> {
    const row = await this.#database
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user')
      .select(['users.id', 'users.name', 'users.role'])
      .where('sessions.secret_sha256', '=', hashOf(secret))
      .where('sessions.expires_at', '>', this.#clock.now())
      .executeTakeFirst()
    return row && { id: `user:${row.id}`, name: row.name, role: row.role, by: 'session' }
  }

  async end(secret: string): Promise<void> {
    await this.#database.deleteFrom('sessions').where('secret_sha256', '=', hashOf(secret)).execute()
  }
}
