import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import { Passkeys } from './passkeys.ts'
import { RecoveryCodes } from './recovery-codes.ts'
import { Totps } from './totps.ts'

/** How somebody can prove more than a password. */
export type Factor = 'totp' | 'passkey' | 'recovery-code'

/** The second factors of people. INVARIANT: recovery codes exist only beside another factor. */
export class SecondFactors {
  readonly totps: Totps
  readonly passkeys: Passkeys
  readonly recoveryCodes: RecoveryCodes

  constructor(database: Database, clock: Clock, key: Uint8Array) {
    this.totps = new Totps(database, clock, key)
    this.passkeys = new Passkeys(database, clock)
    this.recoveryCodes = new RecoveryCodes(database)
  }

  /** The factors a person has, none where the password is enough. */
  async of(user: string): Promise<Factor[]> {
    const [totp, passkeys, codes] = await Promise.all([
      this.totps.has(user),
      this.passkeys.list(user),
      this.recoveryCodes.left(user),
    ])
    return [
      ...(totp ? ['totp' as const] : []),
      ...(passkeys.length > 0 ? ['passkey' as const] : []),
      ...(codes > 0 ? ['recovery-code' as const] : []),
    ]
  }

  /** Recovery codes for whoever has a factor and no codes yet; none otherwise. */
  async firstCodes(user: string): Promise<string[]> {
    return (await this.recoveryCodes.left(user)) > 0 ? [] : this.recoveryCodes.renew(user)
  }

  /** Removes the recovery codes once nothing is left that they stand in for. */
  async tidy(user: string): Promise<void> {
    const factors = await this.of(user)
    if (factors.every((factor) => factor === 'recovery-code')) await this.recoveryCodes.remove(user)
  }

  /** Removes all of them, for a person who lost them. */
  async reset(user: string): Promise<void> {
    await this.totps.remove(user)
    await this.passkeys.removeAll(user)
    await this.recoveryCodes.remove(user)
  }
}
