import type { ByteRange } from './ports.ts'

/**
 * Reads a `Range` header for a file of this size (RFC 9110 14.2). `undefined` is the whole file: a header that is
 * malformed or asks for several ranges may be ignored. `'outside'` cannot be satisfied.
 */
export const readRange = (header: string | undefined, bytes: number): ByteRange | 'outside' | undefined => {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined
  if (from === '') {
    const length = Math.min(Number(to), bytes)
    return length === 0 ? 'outside' : { first: bytes - length, last: bytes - 1 }
  }
  const first = Number(from)
  const last = to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1)
  if (to !== '' && Number(to) < first) return undefined
  return first >= bytes ? 'outside' : { first, last }
}
