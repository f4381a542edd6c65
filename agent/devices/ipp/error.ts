/**
 * What went wrong with an IPP peer: `malformed` and `limit` are about its bytes, `unreachable`, `timeout` and `http`
 * about the way to it, `identity` means that it is not the printer it should be, `status` is its own answer, `invalid` a message of ours that cannot be encoded.
 */
export type IppErrorKind =
  | 'malformed'
  | 'limit'
  | 'unreachable'
  | 'timeout'
  | 'http'
  | 'identity'
  | 'status'
  | 'invalid'

/** The one error of this package. `status` is the keyword of RFC 8011 appendix B, where the peer gave one. */
export class IppError extends Error {
  override readonly name = 'IppError'
  readonly kind: IppErrorKind
  readonly status: string | undefined

  constructor(kind: IppErrorKind, text: string, options: { cause?: unknown; status?: string } = {}) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause })
    this.kind = kind
    this.status = options.status
  }
}
