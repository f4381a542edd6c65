import { sign } from 'node:crypto'
import type { Logger } from 'pino'
import { canonical } from '../../protocol/canonical.ts'
import { type Signature, type SigningKeys, signedText } from '../../protocol/signing.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import { Turns } from '../turns.ts'
import { loadKeys, saveKeys } from './key-file.ts'
import { type KeyState, keyStates, makeKey, type Ring, signingKey, tendRing, withoutKey } from './ring.ts'
import type { Signer } from './signer.ts'

/** The device authority's signature of a text as `SigningKeys` has it, and the way from its key to the root as PEM. */
export interface Certification {
  readonly signature: string
  readonly certificates: string
}

/** What people may know of a key; times in milliseconds since 1970. */
export interface KeyNews {
  readonly id: string
  readonly state: KeyState
  readonly createdAt: number
  readonly signsFrom: number
}

export interface KeyringParts {
  /** The sealed file of the keys. */
  readonly file: string
  /** The fleet's key, which seals it. */
  readonly key: Uint8Array
  readonly certify: (text: string) => Certification | Promise<Certification>
  readonly clock: Clock
  readonly log: Logger
}

/** How long a new key is announced before it signs, in milliseconds: terminals ask for the time, and the keys, sooner. */
export const announceMs = 4 * 3_600_000

const tendEveryMs = 60_000
/** The authority's own certificates may be renewed at any time. */
const certifyEveryMs = 3_600_000

/**
 * The keys with which the fleet signs.
 *
 * INVARIANTS: a key is on the disk before anyone hears of it; exactly one key signs at a time; a key that has signed
 * is believed as long as something it signed may be valid, unless it was revoked: then it is in no list made since.
 */
export class Keyring implements Signer {
  readonly #parts: KeyringParts
  readonly #turns = new Turns()
  readonly #watchers = new Set<() => void>()
  #ring: Ring = []
  #keys: SigningKeys | undefined
  /** The signing key of which the watchers know. */
  #told = ''
  #stopTending: () => void = () => {}

  constructor(parts: KeyringParts) {
    this.#parts = parts
  }

  /** Takes up the keys, or makes the first one. Throws `SealError` when they are damaged: nothing replaces them. */
  async start(): Promise<void> {
    const { file, key, clock, log } = this.#parts
    this.#ring = await loadKeys(file, key)
    await this.#keep(this.#ring)
    this.#stopTending = clock.every(tendEveryMs, () => {
      this.#inTurn(() => this.#keep(this.#ring)).catch((error: unknown) =>
        log.error({ err: error }, 'the signing keys could not be tended'),
      )
    })
  }

  async stop(): Promise<void> {
    this.#stopTending()
    await this.#turns.idle()
  }

  sign(text: string): Signature {
    const key = signingKey(this.#ring, this.#parts.clock.now())
    if (!key?.privateKey) throw new Error('There is no key to sign with')
    return { key: key.id, value: sign(null, Buffer.from(text), key.privateKey).toString('base64url') }
  }

  get keys(): SigningKeys {
    if (!this.#keys) throw new Error('The signing keys are not there yet')
    return this.#keys
  }

  /** Every key, the newest first. */
  list(): KeyNews[] {
    const states = keyStates(this.#ring, this.#parts.clock.now())
    return this.#ring.map(({ id, createdAt, signsFrom }, place) => ({
      ...{ id, createdAt, signsFrom },
      state: states[place] ?? 'retired',
    }))
  }

  /** Announces a new key, which signs after `afterMs`. Throws `conflict` while another one is announced. */
  rotate(afterMs = announceMs): Promise<KeyNews> {
    return this.#inTurn(async () => {
      if (this.list()[0]?.state === 'announced') {
        throw new ProblemError('conflict', 'A new key is announced already')
      }
      const now = this.#parts.clock.now()
      const key = makeKey(now, now + afterMs)
      await this.#keep([key, ...this.#ring])
      return this.#newsOf(key.id)
    })
  }

  /**
   * Takes a key out of the list at once; where it was the one that signed, another one signs from now on. What is not
   * over is signed anew when it is sent again. Throws `not-found`.
   */
  revoke(id: string): Promise<void> {
    return this.#inTurn(async () => {
      this.#newsOf(id)
      await this.#keep(withoutKey(this.#ring, id, this.#parts.clock.now()))
      this.#parts.log.warn({ key: id }, 'a signing key was revoked')
    })
  }

  /** Calls back when another key signs: what lies about signed for long is to be signed anew. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    return this.#turns.take('ring', act)
  }

  #newsOf(id: string): KeyNews {
    const news = this.list().find((key) => key.id === id)
    if (!news) throw new ProblemError('not-found', 'There is no such key')
    return news
  }

  /** Makes this the ring: on the disk first, then with a certified list, then known to all. */
  async #keep(wanted: Ring): Promise<void> {
    const { file, key, clock } = this.#parts
    const ring = tendRing(wanted, clock.now())
    if (ring !== this.#ring) await saveKeys(file, key, ring)
    const keys = await this.#certified(ring)
    this.#ring = ring
    this.#keys = keys
    const { id = '' } = signingKey(ring, clock.now()) ?? {}
    if (id === this.#told) return
    this.#told = id
    for (const watcher of this.#watchers) watcher()
  }

  async #certified(ring: Ring): Promise<SigningKeys> {
    const { certify, clock } = this.#parts
    const before = this.#keys
    const keys = ring.map(({ id, publicKey }) => ({ id, publicKey }))
    // Terminals take the list that was issued last, also after the fleet's clock was set back.
    const issuedAt = Math.max(clock.now(), before ? before.issuedAt + 1 : 0)
    const same = before && canonical(before.keys) === canonical(keys)
    if (same && issuedAt < before.issuedAt + certifyEveryMs) return before
    return { keys, issuedAt, ...(await certify(signedText.keys({ keys, issuedAt }))) }
  }
}
