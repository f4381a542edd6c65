import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import type { Role, TokenRow } from '../store/schema.ts'
import type { Actor } from './actor.ts'
import type { Permission } from './permissions.ts'
import { hashOf, newSecret } from './secret.ts'
import { villagesOf, villagesText } from './users.ts'

/** How long a token that was looked up stands without another look, in milliseconds: an ended one lives on so long. */
const trustedMs = 1000
/** When a token was last used is written down as often. */
const usedEveryMs = 60_000
const keptLately = 1000

/** What a program gets. */
export interface NewToken {
  readonly name: string
  readonly role: Role
  /** What of the role's rights it has; all of them when absent. */
  readonly scopes?: readonly Permission[] | null
  readonly villages?: readonly string[] | null
  /** Without end when absent. */
  readonly lifeMs?: number
  /** The id of who made it. */
  readonly createdBy?: string
}

/** A token as it is listed: all but the secret. */
export interface TokenEntry {
  readonly name: string
  readonly role: Role
  readonly scopes: readonly string[] | null
  readonly villages: readonly string[] | null
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly createdBy: string | null
  readonly lastUsedAt: number | null
}

const scopesOf = (text: string | null) => (text === null ? null : (JSON.parse(text) as readonly string[]))

const entryOf = (row: TokenRow): TokenEntry => ({
  name: row.name,
  role: row.role,
  scopes: scopesOf(row.scopes),
  villages: villagesOf(row.villages),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  createdBy: row.created_by,
  lastUsedAt: row.last_used_at,
})

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

  /** Makes a token; throws `ProblemError`: `invalid`, `conflict` when the name is taken by one that lives. */
  async add(token: NewToken): Promise<string> {
    const known = await this.find(token.name)
    const lives = known && (known.expiresAt === null || known.expiresAt > this.#clock.now())
    if (lives) throw new ProblemError('conflict', 'A token of this name lives')
    return this.put(token)
  }

  /** Makes a token; an earlier one of the same name ends. */
  async put({ name, role, scopes = null, villages = null, lifeMs, createdBy }: NewToken): Promise<string> {
    if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
      throw new ProblemError('invalid', 'This is no name of a program')
    }
    const now = this.#clock.now()
    const token = `avyl_${newSecret()}`
    const changes = {
      secret_sha256: hashOf(token),
      role,
      created_at: now,
      expires_at: lifeMs === undefined ? null : now + lifeMs,
      scopes: scopes === null ? null : JSON.stringify([...new Set(scopes)].sort()),
      villages: villagesText(villages),
      created_by: createdBy ?? null,
      last_used_at: null,
    }
    await this.#database
      .insertInto('tokens')
      .values({ name, ...changes })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(changes))
      .execute()
    this.#lately.clear()
    return token
  }

  /** As `put`, for a program that may do all that its role may, everywhere. */
  create(name: string, role: Role, lifeMs?: number): Promise<string> {
    return this.put({ name, role, ...(lifeMs === undefined ? {} : { lifeMs }) })
  }

  async list(): Promise<TokenEntry[]> {
    const rows = await this.#database.selectFrom('tokens').selectAll().orderBy('name').execute()
    return rows.map(entryOf)
  }

  async find(name: string): Promise<TokenEntry | undefined> {
    const row = await this.#database
      .selectFrom('tokens')
      .selectAll()
      .where('name', '=', name)
      .executeTakeFirst()
    return row && entryOf(row)
  }

  /** Ends a token. */
  async revoke(name: string): Promise<void> {
    await this.#database.deleteFrom('tokens').where('name', '=', name).execute()
    this.#lately.clear()
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
      .selectAll()
      .where('secret_sha256', '=', hash)
      .executeTakeFirst()
    if (!row || (row.expires_at !== null && row.expires_at <= now)) return undefined
    if (now - (row.last_used_at ?? 0) >= usedEveryMs) await this.#used(hash, now)
    const actor: Actor = {
      id: `program:${row.name}`,
      name: row.name,
      role: row.role,
      by: 'token',
      villages: villagesOf(row.villages),
      scopes: scopesOf(row.scopes),
    }
    const oldest = this.#lately.size >= keptLately ? this.#lately.keys().next().value : undefined
    if (oldest !== undefined) this.#lately.delete(oldest)
    const until = Math.min(now + trustedMs, row.expires_at ?? Number.POSITIVE_INFINITY)
    this.#lately.set(hash, { actor, until })
    return actor
  }

  async #used(hash: string, last_used_at: number): Promise<void> {
    await this.#database
      .updateTable('tokens')
      .set({ last_used_at })
      .where('secret_sha256', '=', hash)
      .execute()
  }
}
