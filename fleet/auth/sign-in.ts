import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import { ProblemError } from '../problem.ts'
import type { Debt } from '../store/schema.ts'
import { Turns } from '../turns.ts'
import type { LockOut } from './lock-out.ts'
import type { Site } from './passkeys.ts'
import type { RolePolicies } from './role-policies.ts'
import type { Factor, SecondFactors } from './second-factors.ts'
import type { Sessions } from './sessions.ts'
import type { User, Users } from './users.ts'

/** Where somebody comes from. */
export interface Origin {
  readonly address: string
  /** The browser, as it calls itself. */
  readonly agent: string
}

/** Somebody who is in, or halfway in. */
export interface Entry {
  /** The new session's secret. */
  readonly secret: string
  readonly user: User
  readonly owes: Debt | null
  /** How the second factor can be proved, while `owes` is `code`. */
  readonly factors: readonly Factor[]
}

export interface SignInParts {
  readonly users: Users
  readonly sessions: Sessions
  readonly factors: SecondFactors
  readonly policies: RolePolicies
  readonly lockOut: LockOut
}

const refused = () => new ProblemError('not-signed-in', 'The name or the password is wrong')

/** The ways in: password, then code; or a passkey. Each success begins a session with a secret of its own. */
export class SignIn {
  readonly #parts: SignInParts
  /** INVARIANT: an attempt begins when the one before is counted, so that a flood gets no more tries than a trickle. */
  readonly #turns = new Turns()

  constructor(parts: SignInParts) {
    this.#parts = parts
  }

  /** Throws `ProblemError`: `not-signed-in`, which tells nothing of what was wrong, or `rate-limited`. */
  password(name: string, password: string, { address, agent }: Origin): Promise<Entry> {
    const { users, sessions, factors, lockOut } = this.#parts
    return this.#turns.take('', async () => {
      await lockOut.check({ name, address })
      const user = await users.check(name, password)
      if (!user) {
        await lockOut.failed({ name, address })
        throw refused()
      }
      const had = await factors.of(user.id)
      if (had.length === 0) return this.#enter(user, agent)
      // The failures on the name stay: whoever has the password alone must not guess codes without end.
      const secret = await sessions.begin(user, { agent, owes: 'code' })
      return { secret, user, owes: 'code', factors: had }
    })
  }

  /** The second step, by a code of an authenticator app or a recovery code. Throws as `password`. */
  code(halfway: string, code: string, { address, agent }: Origin): Promise<Entry> {
    const { users, sessions, factors, lockOut } = this.#parts
    return this.#turns.take('', async () => {
      const id = await sessions.halfway(halfway)
      if (id === undefined) throw new ProblemError('not-signed-in', 'The password is needed first')
      const user = await users.get(id)
      await lockOut.check({ codeOf: user.name, address })
      const plain = code.replaceAll(/\s/g, '')
      const fits = /^\d{6}$/.test(plain)
        ? await factors.totps.check(id, plain)
        : await factors.recoveryCodes.use(id, plain)
      if (!fits) {
        await lockOut.failed({ codeOf: user.name, address })
        throw new ProblemError('wrong-secret', 'The code is wrong, or was used already')
      }
      await sessions.end(halfway)
      return this.#enter(user, agent)
    })
  }

  /** The way of a passkey, which is two factors in one. Throws as `password`. */
  async passkey(
    response: AuthenticationResponseJSON,
    site: Site,
    { address, agent }: Origin,
  ): Promise<Entry> {
    const { users, factors, lockOut } = this.#parts
    await lockOut.check({ address })
    const user = await factors.passkeys
      .check(response, site)
      .then((id) => users.find(id))
      .catch(async (error: unknown) => {
        await lockOut.failed({ address })
        throw error
      })
    if (!user || user.disabled) throw new ProblemError('wrong-secret', 'The passkey does not fit')
    return this.#enter(user, agent)
  }

  /** What a person has to do before anything else. */
  async owed({ id, role, mustChangePassword }: User): Promise<Debt | null> {
    if (mustChangePassword) return 'password'
    const { policies, factors } = this.#parts
    if (!(await policies.needsSecondFactor(role))) return null
    return (await factors.of(id)).length > 0 ? null : 'second-factor'
  }

  async #enter(user: User, agent: string): Promise<Entry> {
    const { users, sessions, lockOut } = this.#parts
    const owes = await this.owed(user)
    const secret = await sessions.begin(user, { agent, owes })
    await lockOut.forgive(user.name)
    await users.signedIn(user.id)
    return { secret, user, owes, factors: [] }
  }
}
