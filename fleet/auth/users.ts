import { uuidv7 } from '../../protocol/uuid.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import type { Role, UserRow } from '../store/schema.ts'
import { checkNewPassword, Passwords } from './password.ts'

/** A person who may sign in. */
export interface User {
  readonly id: string
  readonly name: string
  readonly role: Role
  /** The villages that the person sees; `null` for all. */
  readonly villages: readonly string[] | null
  readonly disabled: boolean
  readonly mustChangePassword: boolean
  readonly createdAt: number
  readonly lastSignInAt: number | null
}

/** What can be changed of a person. */
export interface UserChange {
  readonly role?: Role
  readonly villages?: readonly string[] | null
  readonly disabled?: boolean
}

/** A person to be added. */
export interface NewUser {
  readonly name: string
  readonly password: string
  readonly role: Role
  readonly villages?: readonly string[] | null
  /** Whether the first thing to do is to choose another password. */
  readonly mustChangePassword?: boolean
}

const userOf = (row: UserRow): User => ({
  id: row.id,
  name: row.name,
  role: row.role,
  villages: villagesOf(row.villages),
  disabled: row.disabled_at !== null,
  mustChangePassword: row.must_change_password !== 0,
  createdAt: row.created_at,
  lastSignInAt: row.last_sign_in_at,
})

/** The villages in a column. */
export const villagesOf = (text: string | null): readonly string[] | null =>
  text === null ? null : (JSON.parse(text) as string[])

/** The column of these villages. */
export const villagesText = (villages: readonly string[] | null): string | null =>
  villages === null ? null : JSON.stringify([...new Set(villages)].sort())

const lastAdmin = () => new ProblemError('conflict', 'This is the last admin who can sign in everywhere')

/** The people who sign in with a name and a password. */
export class Users {
  readonly passwords = new Passwords()
  readonly #database: Database
  readonly #clock: Clock

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Adds a person. Throws `ProblemError`: `invalid`, `weak-password`, `conflict` when the name is taken. */
  async add({ name, password, role, villages = null, mustChangePassword = false }: NewUser): Promise<User> {
    checkName(name)
    checkNewPassword(password, name)
    const row: UserRow = {
      id: uuidv7(this.#clock.now()),
      name,
      password: await this.passwords.hash(password),
      role,
      created_at: this.#clock.now(),
      villages: villagesText(villages),
      disabled_at: null,
      must_change_password: mustChangePassword ? 1 : 0,
      last_sign_in_at: null,
    }
    const added = await this.#database
      .insertInto('users')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returningAll()
      .executeTakeFirst()
    if (!added) throw new ProblemError('conflict', 'The name is taken')
    return userOf(added)
  }

  /** Adds a person, or gives a known one a new password and role, and ends the sessions of before. */
  async put(name: string, password: string, role: Role): Promise<User> {
    const known = await this.#named(name)
    if (!known) return this.add({ name, password, role })
    await this.setPassword(known.id, password, { mustChange: false })
    await this.#database
      .updateTable('users')
      .set({ role, disabled_at: null })
      .where('id', '=', known.id)
      .execute()
    return this.get(known.id)
  }

  async list(): Promise<User[]> {
    const rows = await this.#database.selectFrom('users').selectAll().orderBy('name').execute()
    return rows.map(userOf)
  }

  /** The id of the person of this name. */
  async idOf(name: string): Promise<string | undefined> {
    return (await this.#named(name))?.id
  }

  async find(id: string): Promise<User | undefined> {
    const row = await rowOf(this.#database, id)
    return row && userOf(row)
  }

  /** As `find`; throws `ProblemError` `not-found`. */
  async get(id: string): Promise<User> {
    return mustBe(await this.find(id))
  }

  /** The person of this name and password, who is not disabled; takes as long whoever it is. */
  async check(name: string, password: string): Promise<User | undefined> {
    const known = (await this.#named(name))?.password
    if (!(await this.passwords.fits(password, known))) return undefined
    // While this one waited for its turn, the person may have got another password.
    const row = await this.#named(name)
    return row?.password === known && row?.disabled_at === null ? userOf(row) : undefined
  }

  /**
   * Changes role, villages or whether the person may sign in; sessions end where less is allowed afterwards. Throws
   * `ProblemError`: `not-found`, `conflict` when no admin would be left.
   */
  async change(id: string, { role, villages, disabled }: UserChange): Promise<User> {
    return this.#database.transaction().execute(async (store) => {
      const before = mustBe(await rowOf(store, id))
      const after: UserRow = {
        ...before,
        ...(role !== undefined && { role }),
        ...(villages !== undefined && { villages: villagesText(villages) }),
        ...(disabled !== undefined && { disabled_at: disabled ? this.#clock.now() : null }),
      }
      await store
        .updateTable('users')
        .set({ role: after.role, villages: after.villages, disabled_at: after.disabled_at })
        .where('id', '=', id)
        .execute()
      await keepAnAdmin(store, before)
      // What a session may do is read anew with each request; here only the secret of a session changes hands.
      if (after.disabled_at !== null || after.role !== before.role) {
        await store.deleteFrom('sessions').where('user', '=', id).execute()
      }
      return userOf(after)
    })
  }

  /** Gives a new password and ends all sessions but one. Throws `ProblemError` `weak-password`, `not-found`. */
  async setPassword(
    id: string,
    password: string,
    { mustChange, except = '' }: { readonly mustChange: boolean; readonly except?: string },
  ): Promise<void> {
    const { name } = await this.get(id)
    checkNewPassword(password, name)
    const hashed = await this.passwords.hash(password)
    await this.#database.transaction().execute(async (store) => {
      await store
        .updateTable('users')
        .set({ password: hashed, must_change_password: mustChange ? 1 : 0 })
        .where('id', '=', id)
        .execute()
      await store.deleteFrom('sessions').where('user', '=', id).where('id', '!=', except).execute()
    })
  }

  /** Notes that the person signed in. */
  async signedIn(id: string): Promise<void> {
    const last_sign_in_at = this.#clock.now()
    await this.#database.updateTable('users').set({ last_sign_in_at }).where('id', '=', id).execute()
  }

  /** Removes a person with all that hangs on it. Throws `ProblemError`: `not-found`, `conflict`. */
  async remove(id: string): Promise<void> {
    await this.#database.transaction().execute(async (store) => {
      const before = mustBe(await rowOf(store, id))
      await store.deleteFrom('users').where('id', '=', id).execute()
      await keepAnAdmin(store, before)
    })
  }

  #named(name: string): Promise<UserRow | undefined> {
    return this.#database.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst()
  }
}

const rowOf = (store: Database, id: string): Promise<UserRow | undefined> =>
  store.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()

const mustBe = <Found>(user: Found | undefined): Found => {
  if (user === undefined) throw new ProblemError('not-found', 'There is no such user')
  return user
}

/** INVARIANT: once there was an admin of all villages who can sign in, there is one. */
const keepAnAdmin = async (store: Database, before: UserRow): Promise<void> => {
  if (before.role !== 'admin' || before.disabled_at !== null || before.villages !== null) return
  const left = await store
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .where('disabled_at', 'is', null)
    .where('villages', 'is', null)
    .executeTakeFirst()
  if (!left) throw lastAdmin()
}

const checkName = (name: string): void => {
  if (!/^[a-z][a-z0-9.-]{0,39}$/.test(name)) throw new ProblemError('invalid', 'This is no user name')
}
