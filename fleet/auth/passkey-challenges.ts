import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import { hashOf } from './secret.ts'

const lifeMs = 5 * 60_000

/** Challenges that browsers were given, each good for one answer. */
export class PasskeyChallenges {
  readonly #database: Database
  readonly #clock: Clock

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Remembers one; `user` is who wants to add a passkey, `null` for a sign-in. */
  async give(challenge: string, user: string | null): Promise<void> {
    const now = this.#clock.now()
    await this.#database.deleteFrom('passkey_challenges').where('expires_at', '<=', now).execute()
    await this.#database
      .insertInto('passkey_challenges')
      .values({ challenge_sha256: hashOf(challenge), user, expires_at: now + lifeMs })
      .execute()
  }

  /** Uses one up; `false` when it was none, or another one's. */
  async take(challenge: string, user: string | null): Promise<boolean> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('passkey_challenges')
      .where('challenge_sha256', '=', hashOf(challenge))
      .where('expires_at', '>', this.#clock.now())
      .where('user', user === null ? 'is' : '=', user)
      .executeTakeFirst()
    return numDeletedRows === 1n
  }
}
