import { randomInt } from 'node:crypto'
import type { Database } from '../store/database.ts'
import { hashOf } from './secret.ts'

const count = 10
/** Crockford's base 32: no letter looks like another one or like a figure. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const groups = 4
const groupLength = 4

const newCode = (): string =>
  Array.from({ length: groups }, () =>
    Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)]).join(''),
  ).join('-')

/** As people write it down: small letters, other strokes, an O for a zero. */
const plain = (code: string): string =>
  code
    .toUpperCase()
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
    .replace(/[^0-9A-Z]/g, '')

/** Ten codes of 80 bits for the day when the second factor is lost, each good once. Only their hashes are kept. */
export class RecoveryCodes {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** New codes in place of all before, told this once. */
  async renew(user: string): Promise<string[]> {
    const codes = Array.from({ length: count }, newCode)
    await this.#database.transaction().execute(async (store) => {
      await store.deleteFrom('recovery_codes').where('user', '=', user).execute()
      await store
        .insertInto('recovery_codes')
        .values(codes.map((code) => ({ user, code_sha256: hashOf(plain(code)) })))
        .execute()
    })
    return codes
  }

  /** How many are left. */
  async left(user: string): Promise<number> {
    const rows = await this.#database
      .selectFrom('recovery_codes')
      .select('code_sha256')
      .where('user', '=', user)
      .execute()
    return rows.length
  }

  /** Uses one up; `false` when it is none. */
  async use(user: string, code: string): Promise<boolean> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('recovery_codes')
      .where('user', '=', user)
      .where('code_sha256', '=', hashOf(plain(code)))
      .executeTakeFirst()
    return numDeletedRows === 1n
  }

  async remove(user: string): Promise<void> {
    await this.#database.deleteFrom('recovery_codes').where('user', '=', user).execute()
  }
}
