/** Why an exchange with an eSCL device failed: a closed list that programs may switch on. */
export const esclErrorKinds = [
  /** Nothing listens there, or the connection broke before the device answered. */
  'unreachable',
  /** The device took the connection and then fell silent. */
  'timeout',
  /** It went on saying that it is busy (503, or 409 to a new job) for as long as we were willing to wait. */
  'busy',
  /** It refused the request (another 4xx). */
  'refused',
  /** It says that it failed (5xx). */
  'fault',
  /** Its answer breaks HTTP, XML or eSCL, or points to another place. */
  'malformed',
  /** Its answer is larger than any sane answer of this kind. */
  'too-large',
  /** The body ended before its announced end. */
  'truncated',
  /** A document was promised and something else came, such as an error page with status 200. */
  'not-image',
] as const

/** One of {@link esclErrorKinds}. */
export type EsclErrorKind = (typeof esclErrorKinds)[number]

/** The one error of this client; an aborted signal is thrown as its own reason instead. */
export class EsclError extends Error {
  override readonly name = 'EsclError'
  readonly kind: EsclErrorKind
  /** The HTTP status that led to it, where there was one. */
  readonly status: number | undefined

  constructor(kind: EsclErrorKind, text: string, options: { status?: number; cause?: unknown } = {}) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause })
    this.kind = kind
    this.status = options.status
  }
}
