import { type Algorithm, hash, verify } from '@node-rs/argon2'
import { ProblemError } from '../problem.ts'
import { Turns } from '../turns.ts'
import { worstPasswords } from './worst-passwords.ts'

/** argon2id with the first setting of the OWASP password storage rules: 19 MiB, two passes, one lane. */
const argon2id = { algorithm: 2 as Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Length counts, not composition (NIST SP 800-63B 3.1.1.2); a longer one than this only costs memory. */
export const passwordLength = { least: 10, most: 200 } as const

/** Throws `ProblemError` `weak-password` for a password that the first guesses of an attacker would find. */
export const checkNewPassword = (password: string, name: string): void => {
  const { least, most } = passwordLength
  if (password.length < least || password.length > most) {
    throw new ProblemError('weak-password', `A password has ${least} to ${most} characters`)
  }
  const plain = password.toLowerCase()
  if (worstPasswords.has(plain) || new Set(plain).size < 4 || plain.replaceAll(name, '').length < 6) {
    throw new ProblemError('weak-password', 'This password is among the first that anyone would try')
  }
}

/** Hashes and verifies passwords, one at a time, so that a flood of attempts costs time and not memory. */
export class Passwords {
  readonly #turns = new Turns()
  /** Verified when the name is unknown, so that the time of the answer does not tell which names exist. */
  #nobody: Promise<string> | undefined

  hash(password: string): Promise<string> {
    return this.#turns.take('', () => hash(password, argon2id))
  }

  /** Whether the password is the one of this hash; takes as long without a hash, and is then `false`. */
  async fits(password: string, known: string | undefined): Promise<boolean> {
    this.#nobody ??= this.hash('')
    const against = known ?? (await this.#nobody)
    if (password.length > passwordLength.most) return false
    return (await this.#turns.take('', () => verify(against, password))) && known !== undefined
  }
}
