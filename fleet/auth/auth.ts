import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import type { Role } from '../store/schema.ts'
import { Account } from './account.ts'
import { LockOut } from './lock-out.ts'
import { RolePolicies } from './role-policies.ts'
import { SecondFactors } from './second-factors.ts'
import { Sessions } from './sessions.ts'
import { SignIn } from './sign-in.ts'
import { Tokens } from './tokens.ts'
import { Users } from './users.ts'

export interface AuthParts {
  readonly database: Database
  readonly clock: Clock
  /** Seals the secrets of authenticator apps. */
  readonly key: Uint8Array
  /** The roles that need a second factor where nobody decided otherwise. */
  readonly careful?: readonly Role[]
}

/** Everything about who people and programs are and how they get in. */
export const createAuth = ({ database, clock, key, careful = [] }: AuthParts) => {
  const lockOut = new LockOut(database, clock)
  const people = {
    users: new Users(database, clock),
    sessions: new Sessions(database, clock),
    factors: new SecondFactors(database, clock, key),
    policies: new RolePolicies(database, careful),
    lockOut,
  }
  const signIn = new SignIn(people)
  return { ...people, signIn, account: new Account(people, signIn), tokens: new Tokens(database, clock) }
}

export type Auth = ReturnType<typeof createAuth>
