/**
 * What went wrong with an SNMP peer: it cannot be reached, says nothing in time, or answers what nobody asked; `refused`
 * is its own word, the error status of RFC 3416 3.
 */
export type SnmpErrorKind = 'unreachable' | 'timeout' | 'malformed' | 'refused'

/** The one error of this package. Its text holds neither an address nor a community. */
export class SnmpError extends Error {
  override readonly name = 'SnmpError'
  readonly kind: SnmpErrorKind

  constructor(kind: SnmpErrorKind, text: string, cause?: unknown) {
    super(text, cause === undefined ? undefined : { cause })
    this.kind = kind
  }
}
