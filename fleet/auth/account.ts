import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import { ProblemError } from '../problem.ts'
import { Turns } from '../turns.ts'
import type { ActorSession } from './actor.ts'
import type { PasskeyEntry, Site } from './passkeys.ts'
import type { SessionEntry } from './sessions.ts'
import type { SignIn, SignInParts } from './sign-in.ts'
import type { TotpSeed } from './totps.ts'
import type { User } from './users.ts'

/** What a person has set up. */
export interface AccountView {
  readonly user: User
  readonly totp: boolean
  readonly recoveryCodes: number
  readonly passkeys: readonly PasskeyEntry[]
  readonly sessions: readonly SessionEntry[]
  readonly needsSecondFactor: boolean
}

/** A second factor that now counts. */
export interface FactorAdded {
  /** The session's new secret. */
  readonly secret: string
  /** Told this once; empty where there were codes before. */
  readonly recoveryCodes: readonly string[]
}

const wrong = (text: string) => new ProblemError('wrong-secret', text)

/** What people do with their own account. Each act that makes a session worth more gives it a new secret. */
export class Account {
  readonly #parts: SignInParts
  readonly #signIn: SignIn
  readonly #turns = new Turns()

  constructor(parts: SignInParts, signIn: SignIn) {
    this.#parts = parts
    this.#signIn = signIn
  }

  async view({ user: id }: ActorSession): Promise<AccountView> {
    const { users, factors, sessions, policies } = this.#parts
    const user = await users.get(id)
    return {
      user,
      totp: await factors.totps.has(id),
      recoveryCodes: await factors.recoveryCodes.left(id),
      passkeys: await factors.passkeys.list(id),
      sessions: await sessions.list(id),
      needsSecondFactor: await policies.needsSecondFactor(user.role),
    }
  }

  /** Proves once more who sits there; the session's new secret. Throws `ProblemError`: `wrong-secret`, `rate-limited`. */
  async confirm(session: ActorSession, password: string): Promise<string> {
    await this.#prove(session, password)
    return this.#parts.sessions.renew(session.id, session.owes)
  }

  /** Changes the password and ends the other sessions; the session's new secret. Throws as `confirm`, `weak-password`. */
  async changePassword(
    session: ActorSession,
    { current, next }: { readonly current: string; readonly next: string },
  ): Promise<string> {
    await this.#prove(session, current)
    if (current === next) throw new ProblemError('weak-password', 'This is the password of before')
    await this.#parts.users.setPassword(session.user, next, { mustChange: false, except: session.id })
    return this.#renewed(session)
  }

  async beginTotp({ user }: ActorSession): Promise<TotpSeed> {
    const { users, factors } = this.#parts
    return factors.totps.begin(await users.get(user))
  }

  /** Throws `ProblemError` `wrong-secret` for a code that does not fit. */
  async confirmTotp(session: ActorSession, code: string): Promise<FactorAdded> {
    const fits = await this.#parts.factors.totps.confirm(session.user, code.replaceAll(/\s/g, ''))
    if (!fits) throw wrong('The code does not fit')
    return this.#added(session)
  }

  async removeTotp({ user }: ActorSession): Promise<void> {
    const { factors } = this.#parts
    if ((await factors.passkeys.list(user)).length === 0) await this.#refuseLast(user)
    await factors.totps.remove(user)
    await factors.tidy(user)
  }

  async addPasskey(
    session: ActorSession,
    name: string,
    response: RegistrationResponseJSON,
    site: Site,
  ): Promise<FactorAdded> {
    await this.#parts.factors.passkeys.add(session.user, name, response, site)
    return this.#added(session)
  }

  async removePasskey({ user }: ActorSession, id: string): Promise<void> {
    const { factors } = this.#parts
    const others = (await factors.passkeys.list(user)).filter((passkey) => passkey.id !== id)
    if (others.length === 0 && !(await factors.totps.has(user))) await this.#refuseLast(user)
    await factors.passkeys.remove(user, id)
    await factors.tidy(user)
  }

  /** New recovery codes in place of those before. Throws `ProblemError` `conflict` without a second factor. */
  async renewCodes({ user }: ActorSession): Promise<readonly string[]> {
    const { factors } = this.#parts
    if ((await factors.of(user)).length === 0) {
      throw new ProblemError('conflict', 'There is no second factor that the codes would stand in for')
    }
    return factors.recoveryCodes.renew(user)
  }

  /** Whoever guesses here has the session, so it alone waits; as with a sign-in, one attempt begins after the other. */
  #prove({ user, id }: ActorSession, password: string): Promise<void> {
    const { users, lockOut } = this.#parts
    return this.#turns.take(id, async () => {
      await lockOut.check({ session: id })
      const { name } = await users.get(user)
      if (await users.check(name, password)) return
      await lockOut.failed({ session: id })
      throw wrong('The password is wrong')
    })
  }

  async #added(session: ActorSession): Promise<FactorAdded> {
    const recoveryCodes = await this.#parts.factors.firstCodes(session.user)
    return { secret: await this.#renewed(session), recoveryCodes }
  }

  async #renewed(session: ActorSession): Promise<string> {
    const owes = await this.#signIn.owed(await this.#parts.users.get(session.user))
    return this.#parts.sessions.renew(session.id, owes)
  }

  async #refuseLast(user: string): Promise<void> {
    const { role } = await this.#parts.users.get(user)
    if (await this.#parts.policies.needsSecondFactor(role)) {
      throw new ProblemError('conflict', 'Your role needs a second factor; add another one first')
    }
  }
}
