import type { Expression, ExpressionBuilder, SqlBool } from 'kysely'
import { uuidv7 } from '../../protocol/uuid.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import type { Debt, Schema } from '../store/schema.ts'
import type { Actor } from './actor.ts'
import { hashOf, newSecret } from './secret.ts'
import { type User, villagesOf } from './users.ts'

/** How long a person stays signed in, in milliseconds: one long working day. */
export const sessionLifeMs = 12 * 3_600_000
/** How long a session lasts in which nothing is done (NIST SP 800-63B, AAL2). */
export const idleLifeMs = 3_600_000
/** How long somebody who gave the right password has for the second factor. */
export const codeLifeMs = 5 * 60_000
/** When a session was last used is written down as often. */
const seenEveryMs = 60_000
const maxPerUser = 50

type Condition = (eb: ExpressionBuilder<Schema, 'sessions'>) => Expression<SqlBool>

const isHalfway: Condition = (eb) => eb('owes', '=', 'code')
const isComplete: Condition = (eb) => eb.or([eb('owes', 'is', null), eb('owes', '!=', 'code')])

/** A session as its person sees it. */
export interface SessionEntry {
  readonly id: string
  /** The browser, as it called itself. */
  readonly agent: string
  readonly createdAt: number
  readonly lastSeenAt: number
}

/** Who is signed in. The secret lies in the person's cookie; here is only its hash. */
export class Sessions {
  readonly #database: Database
  readonly #clock: Clock

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Begins a session and gives its secret. */
  async begin(user: Pick<User, 'id'>, { agent = '', owes = null as Debt | null } = {}): Promise<string> {
    const now = this.#clock.now()
    await this.#forget(now)
    await this.#makeRoom(user.id, owes)
    const secret = newSecret()
    await this.#database
      .insertInto('sessions')
      .values({
        secret_sha256: hashOf(secret),
        user: user.id,
        created_at: now,
        expires_at: now + (owes === 'code' ? codeLifeMs : sessionLifeMs),
        id: uuidv7(now),
        agent: agent.slice(0, 200),
        last_seen_at: now,
        confirmed_at: now,
        owes,
      })
      .execute()
    return secret
  }

  /**
   * Whose session this is; `undefined` when it is over, not yet complete, or none. A look with `counts: false` does
   * not keep an idle session alive.
   */
  async actor(secret: string, { counts = true } = {}): Promise<Actor | undefined> {
    const now = this.#clock.now()
    const row = await this.#row(secret, now)
    if (!row || row.owes === 'code') return undefined
    if (counts && now - row.last_seen_at >= seenEveryMs) await this.#seen(secret, now)
    return {
      id: `user:${row.user}`,
      name: row.name,
      role: row.role,
      by: 'session',
      villages: villagesOf(row.villages),
      scopes: null,
      session: { id: row.session, user: row.user, confirmedAt: row.confirmed_at, owes: row.owes },
    }
  }

  /** The person of a session that lacks its second factor. */
  async halfway(secret: string): Promise<string | undefined> {
    const row = await this.#row(secret, this.#clock.now())
    return row?.owes === 'code' ? row.user : undefined
  }

  /** Gives a session a new secret, once more may be done with it; the person has proved who they are. */
  async renew(id: string, owes: Debt | null): Promise<string> {
    const secret = newSecret()
    await this.#database
      .updateTable('sessions')
      .set({ secret_sha256: hashOf(secret), confirmed_at: this.#clock.now(), owes })
      .where('id', '=', id)
      .execute()
    return secret
  }

  /** The sessions of a person, the newest first. */
  async list(user: string): Promise<SessionEntry[]> {
    const now = this.#clock.now()
    await this.#forget(now)
    const rows = await this.#database
      .selectFrom('sessions')
      .selectAll()
      .where('user', '=', user)
      .where(isComplete)
      .orderBy('created_at', 'desc')
      .execute()
    return rows.map(({ id, agent, created_at, last_seen_at }) => ({
      id,
      agent: agent ?? '',
      createdAt: created_at,
      lastSeenAt: last_seen_at,
    }))
  }

  async end(secret: string): Promise<void> {
    await this.#database.deleteFrom('sessions').where('secret_sha256', '=', hashOf(secret)).execute()
  }

  /** Ends one session of a person. */
  async endOne(user: string, id: string): Promise<void> {
    await this.#database.deleteFrom('sessions').where('user', '=', user).where('id', '=', id).execute()
  }

  /** Ends all sessions of a person but one. */
  async endAll(user: string, except = ''): Promise<void> {
    await this.#database.deleteFrom('sessions').where('user', '=', user).where('id', '!=', except).execute()
  }

  #row(secret: string, now: number) {
    return this.#database
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user')
      .select([
        'sessions.id as session',
        'sessions.user',
        'sessions.last_seen_at',
        'sessions.confirmed_at',
        'sessions.owes',
        'users.name',
        'users.role',
        'users.villages',
      ])
      .where('sessions.secret_sha256', '=', hashOf(secret))
      .where('sessions.expires_at', '>', now)
      .where('sessions.last_seen_at', '>', now - idleLifeMs)
      .where('users.disabled_at', 'is', null)
      .executeTakeFirst()
  }

  async #seen(secret: string, last_seen_at: number): Promise<void> {
    await this.#database
      .updateTable('sessions')
      .set({ last_seen_at })
      .where('secret_sha256', '=', hashOf(secret))
      .execute()
  }

  /** Forgets sessions that are over. */
  async #forget(now: number): Promise<void> {
    await this.#database
      .deleteFrom('sessions')
      .where((eb) => eb.or([eb('expires_at', '<=', now), eb('last_seen_at', '<=', now - idleLifeMs)]))
      .execute()
  }

  /**
   * Ends the oldest sessions of a person who leaves too many open: of those that lack the second factor, or of the others,
   * so that the password alone signs nobody out.
   */
  async #makeRoom(user: string, owes: Debt | null): Promise<void> {
    const open = await this.#database
      .selectFrom('sessions')
      .select('id')
      .where('user', '=', user)
      .where(owes === 'code' ? isHalfway : isComplete)
      .orderBy('created_at', 'desc')
      .execute()
    const ids = open.slice(maxPerUser - 1).map(({ id }) => id)
    if (ids.length === 0) return
    await this.#database.deleteFrom('sessions').where('id', 'in', ids).execute()
  }
}
