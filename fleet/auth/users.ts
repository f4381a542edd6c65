import { type Algorithm, hash, verify } from '@node-rs/argon2'
import { uuidv7 } from '../../protocol/uuid.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import type { Role } from '../store/schema.ts'
import { Turns } from '../turns.ts'

/** argon2id with the first setting of the OWASP password storage rules: 19 MiB, two passes, one lane. */
const argon2id = { algorithm: 2 as Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Failed attempts on one name before it has to wait, and how long they count, in milliseconds. */
const maxFailures = 10
const failuresCountMs = 15 * 60_000
const keptNames = 10_000

/** The longest password, in characters: a longer one only costs memory. */
const maxPassword = 200

/** A person who may sign in. */
export interface User {
  readonly id: string
  readonly name: string
  readonly role: Role
}

interface Failures {
  readonly count: number
  readonly until: number
}

/** The people who sign in with a name and a password. */
export class Users {
  readonly #database: Database
  readonly #clock: Clock
  readonly #turns = new Turns()
  readonly #failures = new Map<string, Failures>()
  /** Checked when the name is unknown, so that the time of the answer does not tell which names exist. */
  #nobody: Promise<string> | undefined

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Adds a person, or gives a known one a new password and role. */
  async put(name: string, password: string, role: Role): Promise<User> {
    if (!/^[a-z][a-z0-9.-]{0,39}$/.test(name)) throw new ProblemError('invalid', 'This is no user name')
    if (password.length < 8 || password.length > maxPassword) {
      throw new ProblemError('invalid', `A password has 8 to ${maxPassword} characters`)
    }
    const changes = { password: await this.#hash(password), role }
    const row = { id: uuidv7(this.#clock.now()), name, created_at: this.#clock.now(), ...changes }
    return this.#database
      .insertInto('users')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doUpdateSet(changes))
      .returning(['id', 'name', 'role'])
      .executeTakeFirstOrThrow()
  }

  /** The person of this name and password. Throws `ProblemError`: `not-signed-in`, or `rate-limited` for a while. */
  async check(name: string, password: string): Promise<User> {
    const now = this.#clock.now()
    const failures = this.#failures.get(name)
    if (failures && failures.until > now && failures.count >= maxFailures) {
      throw new ProblemError(
        'rate-limited',
        'Too many failed attempts on this name; wait a quarter of an hour',
      )
    }
    const user = await this.#database
      .selectFrom('users')
      .selectAll()
      .where('name', '=', name)
      .executeTakeFirst()
    this.#nobody ??= this.#hash('')
    const known = user?.password ?? (await this.#nobody)
    const fits = password.length <= maxPassword && (await this.#turns.take('', () => verify(known, password)))
    if (!user || !fits) {
      this.#failed(name, now)
      throw new ProblemError('not-signed-in', 'The name or the password is wrong')
    }
    this.#failures.delete(name)
    return { id: user.id, name: user.name, role: user.role }
  }

  /** One at a time, so that a flood of attempts costs time and not memory. */
  #hash(password: string): Promise<string> {
    return this.#turns.take('', () => hash(password, argon2id))
  }

  #failed(name: string, now: number): void {
    const before = this.#failures.get(name)
    const count = before && before.until > now ? before.count + 1 : 1
    this.#failures.delete(name)
    const oldest = this.#failures.size >= keptNames ? this.#failures.keys().next().value : undefined
    if (oldest !== undefined) this.#failures.delete(oldest)
    this.#failures.set(name, { count, until: now + failuresCountMs })
  }
}
