import type { Database } from '../store/database.ts'
import type { Role } from '../store/schema.ts'
import { roles } from './permissions.ts'

/** Who has to have a second factor where nobody decided otherwise, once a fleet is more than a trial. */
export const carefulRoles: readonly Role[] = ['operator', 'admin']

/** What is asked of everyone of a role. */
export interface RolePolicy {
  readonly role: Role
  readonly secondFactor: boolean
}

/** What is asked of roles, in one table. */
export class RolePolicies {
  readonly #database: Database
  readonly #careful: readonly Role[]

  constructor(database: Database, careful: readonly Role[]) {
    this.#database = database
    this.#careful = careful
  }

  async list(): Promise<RolePolicy[]> {
    const rows = await this.#database.selectFrom('role_policies').selectAll().execute()
    return roles.map((role) => {
      const row = rows.find((known) => known.role === role)
      return { role, secondFactor: row ? row.second_factor !== 0 : this.#careful.includes(role) }
    })
  }

  /** Whether everyone of this role has to have a second factor. */
  async needsSecondFactor(role: Role): Promise<boolean> {
    return (await this.list()).some((policy) => policy.role === role && policy.secondFactor)
  }

  async set({ role, secondFactor }: RolePolicy): Promise<void> {
    const changes = { second_factor: secondFactor ? 1 : 0 }
    await this.#database
      .insertInto('role_policies')
      .values({ role, ...changes })
      .onConflict((conflict) => conflict.column('role').doUpdateSet(changes))
      .execute()
  }
}
