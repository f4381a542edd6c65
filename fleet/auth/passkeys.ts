import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import { PasskeyChallenges } from './passkey-challenges.ts'

/** Where people come in, as a browser binds passkeys to it (WebAuthn 5.1.2: a host name, never an address). */
export interface Site {
  readonly host: string
  readonly origin: string
}

/** A passkey as its person sees it. */
export interface PasskeyEntry {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

const maxPerUser = 20

/** Loaded when the first passkey is at hand: it costs 20 MB. */
const library = () => import('@simplewebauthn/server')

const wrong = (cause?: unknown) => new ProblemError('wrong-secret', 'The passkey does not fit', { cause })

/**
 * Passkeys of people (WebAuthn level 3), bound to the person who holds them: each use verifies a finger, a face or a
 * PIN, so that one is two factors in one.
 */
export class Passkeys {
  readonly #database: Database
  readonly #clock: Clock
  readonly #challenges: PasskeyChallenges

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
    this.#challenges = new PasskeyChallenges(database, clock)
  }

  /** The passkeys of a person, the newest first. */
  async list(user: string): Promise<PasskeyEntry[]> {
    const rows = await this.#database
      .selectFrom('passkeys')
      .selectAll()
      .where('user', '=', user)
      .orderBy('created_at', 'desc')
      .execute()
    return rows.map(({ id, name, created_at, last_used_at }) => ({
      id,
      name,
      createdAt: created_at,
      lastUsedAt: last_used_at,
    }))
  }

  /** What the browser needs to make one. Throws `ProblemError` `conflict` when there are too many. */
  async registration(
    user: { readonly id: string; readonly name: string },
    site: Site,
  ): Promise<PublicKeyCredentialCreationOptionsJSON> {
    const known = await this.list(user.id)
    if (known.length >= maxPerUser) throw new ProblemError('conflict', 'There are too many passkeys')
    const { generateRegistrationOptions } = await library()
    const options = await generateRegistrationOptions({
      rpName: 'Avyl',
      rpID: site.host,
      userName: user.name,
      userID: new TextEncoder().encode(user.id),
      attestationType: 'none',
      excludeCredentials: known.map(({ id }) => ({ id })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    })
    await this.#challenges.give(options.challenge, user.id)
    return options
  }

  /** Keeps a passkey that the browser made. Throws `ProblemError`: `wrong-secret`, `conflict`. */
  async add(
    user: string,
    name: string,
    response: RegistrationResponseJSON,
    site: Site,
  ): Promise<PasskeyEntry> {
    const { verifyRegistrationResponse } = await library()
    const { registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: (challenge) => this.#challenges.take(challenge, user),
      expectedOrigin: site.origin,
      expectedRPID: site.host,
      requireUserVerification: true,
    }).catch((cause: unknown) => {
      throw wrong(cause)
    })
    if (!registrationInfo) throw wrong()
    const { id, publicKey, counter, transports = [] } = registrationInfo.credential
    const row = {
      id,
      user,
      name,
      public_key: Buffer.from(publicKey).toString('base64url'),
      counter,
      transports: JSON.stringify(transports.slice(0, 8)),
      created_at: this.#clock.now(),
      last_used_at: null,
    }
    const { numInsertedOrUpdatedRows } = await this.#database
      .insertInto('passkeys')
      .values(row)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows !== 1n) throw new ProblemError('conflict', 'The passkey is known already')
    return { id, name, createdAt: row.created_at, lastUsedAt: null }
  }

  /** What the browser needs to ask for any passkey of this site: nobody has to say who they are. */
  async question(site: Site): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const { generateAuthenticationOptions } = await library()
    const options = await generateAuthenticationOptions({ rpID: site.host, userVerification: 'required' })
    await this.#challenges.give(options.challenge, null)
    return options
  }

  /** Whose passkey answered. Throws `ProblemError` `wrong-secret`, also for one whose counter went back. */
  async check(response: AuthenticationResponseJSON, site: Site): Promise<string> {
    const row = await this.#database
      .selectFrom('passkeys')
      .selectAll()
      .where('id', '=', String(response.id))
      .executeTakeFirst()
    if (!row) throw wrong()
    const { verifyAuthenticationResponse } = await library()
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: (challenge) => this.#challenges.take(challenge, null),
      expectedOrigin: site.origin,
      expectedRPID: site.host,
      requireUserVerification: true,
      credential: {
        id: row.id,
        publicKey: new Uint8Array(Buffer.from(row.public_key, 'base64url')),
        counter: row.counter,
      },
    }).catch((cause: unknown) => {
      throw wrong(cause)
    })
    if (!verified) throw wrong()
    await this.#database
      .updateTable('passkeys')
      .set({ counter: authenticationInfo.newCounter, last_used_at: this.#clock.now() })
      .where('id', '=', row.id)
      .execute()
    return row.user
  }

  async remove(user: string, id: string): Promise<void> {
    await this.#database.deleteFrom('passkeys').where('user', '=', user).where('id', '=', id).execute()
  }

  async removeAll(user: string): Promise<void> {
    await this.#database.deleteFrom('passkeys').where('user', '=', user).execute()
  }
}
