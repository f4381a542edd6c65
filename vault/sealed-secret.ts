import { hkdfSync, randomBytes } from 'node:crypto'
import { openChunk, saltBytes, sealChunk } from './chunks.ts'
import { SealError } from './seal-error.ts'

/** A key of its own for each secret, so that one nonce is enough. */
const keyOf = (key: Uint8Array, salt: Uint8Array, context: string): Uint8Array => {
  if (key.length !== 32) throw new SealError('bad-key', 'A key has 32 bytes')
  return new Uint8Array(hkdfSync('sha256', key, salt, `avyl sealed secret 1 ${context}`, 32))
}

/**
 * Seals a small secret for a column of a store: a salt of 32 bytes, the bytes by AES-256-GCM, the tag. It opens only
 * with the same `context`, so that a secret cannot be moved to another row.
 */
export const sealSecret = (key: Uint8Array, context: string, plain: Uint8Array): Buffer => {
  const salt = randomBytes(saltBytes)
  return Buffer.concat([salt, ...sealChunk(keyOf(key, salt, context), 0, true, plain)])
}

/** Opens what `sealSecret` made. Throws `SealError` `damaged` when key, context or a bit of it is another one. */
export const openSecret = (key: Uint8Array, context: string, sealed: Uint8Array): Buffer =>
  openChunk(keyOf(key, sealed.subarray(0, saltBytes), context), 0, true, sealed.subarray(saltBytes))
