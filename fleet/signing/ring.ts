import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'

/** One Ed25519 key (RFC 8032) of the fleet; times are the fleet's clock in milliseconds. */
export interface SigningKey {
  /** The first 16 hexadecimal digits of the SHA-256 of the raw public key. */
  readonly id: string
  /** Raw, base64url. */
  readonly publicKey: string
  /** Gone once the key has stopped to sign. */
  readonly privateKey?: KeyObject
  readonly createdAt: number
  /** Until then it is announced only, so that terminals know it before they need it. */
  readonly signsFrom: number
}

/** Keys, the newest first. */
export type Ring = readonly SigningKey[]

/** `retired`: it signs no more, but what it signed is still believed. */
export type KeyState = 'announced' | 'signing' | 'retired'

/** How long the last message of a key can be believed, in milliseconds: a command lives for a day at most. */
export const believedMs = 2 * 86_400_000

/** `SigningKeys` of the protocol holds no more. */
const mostKeys = 5

/** A new key. */
export const makeKey = (createdAt: number, signsFrom = createdAt): SigningKey => {
  const pair = generateKeyPairSync('ed25519')
  const publicKey = pair.publicKey.export({ format: 'jwk' }).x ?? ''
  const id = createHash('sha256').update(Buffer.from(publicKey, 'base64url')).digest('hex').slice(0, 16)
  return { id, publicKey, privateKey: pair.privateKey, createdAt, signsFrom }
}

/** The key that signs now: the newest whose time has come; the oldest that can, when a clock was set back. */
export const signingKey = (ring: Ring, now: number): SigningKey | undefined =>
  ring.find(({ privateKey, signsFrom }) => privateKey && signsFrom <= now) ??
  ring.findLast(({ privateKey }) => privateKey)

/** What each key is, in the order of the ring. */
export const keyStates = (ring: Ring, now: number): KeyState[] => {
  const signing = signingKey(ring, now)
  const at = ring.findIndex(({ id }) => id === signing?.id)
  return ring.map((_, place) => (place < at ? 'announced' : place === at ? 'signing' : 'retired'))
}

/**
 * The ring after what time brought: a first key where none can sign; no private half of a key that signs no more; no
 * key of which nothing can be believed any longer. The same ring when nothing changed.
 */
export const tendRing = (ring: Ring, now: number): Ring => {
  if (!signingKey(ring, now)) return tendRing([makeKey(now), ...ring], now)
  const states = keyStates(ring, now)
  const tended = ring.flatMap((key, place) => {
    if (states[place] !== 'retired') return [key]
    const since = ring[place - 1]?.signsFrom ?? now
    if (place >= mostKeys || now >= since + believedMs) return []
    const { privateKey, ...retired } = key
    return [privateKey ? retired : key]
  })
  const same = tended.length === ring.length && tended.every((key, place) => key === ring[place])
  return same ? ring : tended
}

/**
 * The ring without this key. Where it was the one that signed, the next one takes over at once: the announced one, or
 * a new one.
 */
export const withoutKey = (ring: Ring, id: string, now: number): Ring => {
  const left = ring.filter((key) => key.id !== id)
  if (signingKey(ring, now)?.id !== id) return left
  const [heir, ...rest] = left
  return tendRing(heir?.privateKey ? [{ ...heir, signsFrom: now }, ...rest] : left, now)
}
