import { createHash, hkdfSync } from 'node:crypto'

/** How long a TLS session can be resumed, in seconds: the longest that RFC 8446 4.6.1 allows. */
export const resumableSeconds = 7 * 86_400

/** Node takes a name of 16 bytes, by which a ticket is known, and a key of 16 bytes each for HMAC and AES. */
const keysBytes = 48

/**
 * The keys that seal TLS session tickets (RFC 8446 4.6.1) at this moment, made of the fleet's own key: a terminal goes
 * on with its session after a restart of the fleet too, and nothing more has to be kept.
 *
 * INVARIANT: a session is resumed only within the week in which it began, and while the same authorities are trusted.
 * What TLS found of a certificate then is what it would find now, dates aside.
 */
export const ticketKeys = (key: Uint8Array, issuers: readonly string[], now: number): Buffer => {
  const week = Math.floor(now / (resumableSeconds * 1000))
  const trust = createHash('sha256').update(issuers.join('')).digest()
  return Buffer.from(hkdfSync('sha256', key, trust, `avyl tls tickets 1 ${week}`, keysBytes))
}
