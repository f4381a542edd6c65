import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { SealError } from './seal-error.ts'

/**
 * The form of a sealed file: a header (8 bytes of magic, a salt of 32) and chunks of 64 KiB, each with AES-256-GCM
 * (NIST SP 800-38D) and its own tag. The chunks follow the STREAM construction of Hoang, Reyhanitabar, Rogaway and
 * Vizár (2015): the nonce is the chunk's number and a mark on the last one, so that chunks can neither be swapped nor
 * left off at the end. Each file has a key of its own (HKDF-SHA256, RFC 5869, over the salt), so that no nonce is
 * used twice with one key however many files there are.
 */
export const plainChunk = 64 * 1024
const tagBytes = 16
export const sealedChunk = plainChunk + tagBytes

export const magic = Buffer.from('avylseal')
export const saltBytes = 32
export const headerBytes = magic.length + saltBytes

/** The key of one file. */
export const fileKey = (key: Uint8Array, salt: Uint8Array): Uint8Array => {
  if (key.length !== 32) throw new SealError('bad-key', 'A key has 32 bytes')
  return new Uint8Array(hkdfSync('sha256', key, salt, 'avyl sealed file 1', 32))
}

const nonce = (number: number, last: boolean): Buffer => {
  const bytes = Buffer.alloc(12)
  bytes.writeUIntBE(number, 5, 6)
  bytes[11] = last ? 1 : 0
  return bytes
}

/** Seals one chunk: its bytes and then its tag. */
export const sealChunk = (
  key: Uint8Array,
  number: number,
  last: boolean,
  plain: Uint8Array,
): Uint8Array[] => {
  const cipher = createCipheriv('aes-256-gcm', key, nonce(number, last))
  return [cipher.update(plain), cipher.final(), cipher.getAuthTag()]
}

/** Opens one chunk. Throws `SealError` when a bit of it, its place or its mark as the last one is not as sealed. */
export const openChunk = (key: Uint8Array, number: number, last: boolean, sealed: Uint8Array): Buffer => {
  if (sealed.length < tagBytes) throw new SealError('damaged', 'A sealed file is cut off')
  const decipher = createDecipheriv('aes-256-gcm', key, nonce(number, last), { authTagLength: tagBytes })
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
  const plain = decipher.update(sealed.subarray(0, sealed.length - tagBytes))
  try {
    decipher.final()
  } catch (cause) {
    throw new SealError('damaged', 'A sealed file was changed, cut off or sealed with another key', { cause })
  }
  return plain
}

/** How many chunks and plain bytes a sealed file of this size holds. */
export const measure = (fileBytes: number): { readonly chunks: number; readonly plain: number } => {
  const body = fileBytes - headerBytes
  const chunks = Math.ceil(body / sealedChunk)
  const plain = body - chunks * tagBytes
  if (body < tagBytes || plain < 0) throw new SealError('damaged', 'A sealed file is cut off')
  return { chunks, plain }
}
