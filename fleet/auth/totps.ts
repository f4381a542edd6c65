import { Secret, TOTP } from 'otpauth'
import { openSecret, sealSecret } from '../../vault/sealed-secret.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import type { TotpRow } from '../store/schema.ts'

/** What every authenticator app understands (RFC 6238, and the key URI that the apps agree on). */
const form = { issuer: 'Avyl', algorithm: 'SHA1', digits: 6, period: 30 } as const
const secretBytes = 20
/** A clock may be off by one step (RFC 6238 5.2). */
const window = 1

/** What an authenticator app has to be told once. */
export interface TotpSeed {
  /** In base32, for people who type it. */
  readonly secret: string
  /** `otpauth://`, for the picture that the app reads. */
  readonly uri: string
}

/** Authenticator apps of people. Their secrets are sealed with the fleet's key. INVARIANT: no code is taken twice. */
export class Totps {
  readonly #database: Database
  readonly #clock: Clock
  readonly #key: Uint8Array

  constructor(database: Database, clock: Clock, key: Uint8Array) {
    this.#database = database
    this.#clock = clock
    this.#key = key
  }

  /** Whether the person has one that counts. */
  async has(user: string): Promise<boolean> {
    return (await this.#row(user))?.confirmed_at != null
  }

  /** Makes a secret, which counts once a code of it was given. Throws `ProblemError` `conflict` when one counts. */
  async begin({ id, name }: { readonly id: string; readonly name: string }): Promise<TotpSeed> {
    if (await this.has(id)) throw new ProblemError('conflict', 'There is an authenticator app already')
    const secret = new Secret({ size: secretBytes })
    const sealed = sealSecret(this.#key, context(id), new Uint8Array(secret.bytes)).toString('base64url')
    const changes = { secret: sealed, created_at: this.#clock.now(), confirmed_at: null, last_step: 0 }
    await this.#database
      .insertInto('totps')
      .values({ user: id, ...changes })
      .onConflict((conflict) => conflict.column('user').doUpdateSet(changes))
      .execute()
    return { secret: secret.base32, uri: new TOTP({ ...form, label: name, secret }).toString() }
  }

  /** Lets a new secret count, if the code is one of it. */
  async confirm(user: string, code: string): Promise<boolean> {
    const row = await this.#row(user)
    if (!row || row.confirmed_at !== null || !(await this.#take(row, code))) return false
    const confirmed_at = this.#clock.now()
    await this.#database.updateTable('totps').set({ confirmed_at }).where('user', '=', user).execute()
    return true
  }

  /** Whether this is a code of now that was not used yet. */
  async check(user: string, code: string): Promise<boolean> {
    const row = await this.#row(user)
    return row?.confirmed_at != null && (await this.#take(row, code))
  }

  async remove(user: string): Promise<void> {
    await this.#database.deleteFrom('totps').where('user', '=', user).execute()
  }

  #row(user: string): Promise<TotpRow | undefined> {
    return this.#database.selectFrom('totps').selectAll().where('user', '=', user).executeTakeFirst()
  }

  async #take({ user, secret }: TotpRow, code: string): Promise<boolean> {
    const now = this.#clock.now()
    const bytes = openSecret(this.#key, context(user), Buffer.from(secret, 'base64url'))
    const totp = new TOTP({ ...form, secret: new Secret({ buffer: new Uint8Array(bytes).buffer }) })
    const delta = totp.validate({ token: code, window, timestamp: now })
    if (delta === null) return false
    const step = totp.counter({ timestamp: now }) + delta
    const { numUpdatedRows } = await this.#database
      .updateTable('totps')
      .set({ last_step: step })
      .where('user', '=', user)
      .where('last_step', '<', step)
      .executeTakeFirst()
    return numUpdatedRows === 1n
  }
}

const context = (user: string): string => `totp ${user}`
