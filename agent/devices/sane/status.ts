/** `SANE_Status` by its number (SANE Standard 1.06, 4.2.7); the last two are spoken by some backends only. */
export const saneStatuses = [
  'GOOD',
  'UNSUPPORTED',
  'CANCELLED',
  'DEVICE_BUSY',
  'INVAL',
  'EOF',
  'JAMMED',
  'NO_DOCS',
  'COVER_OPEN',
  'IO_ERROR',
  'NO_MEM',
  'ACCESS_DENIED',
  'WARMING_UP',
  'HW_LOCKED',
] as const

/** What a call of SANE answered. */
export type SaneStatus = (typeof saneStatuses)[number]

/** A number as SANE answered it; one that no standard knows counts as `IO_ERROR`. */
export const statusOf = (code: number): SaneStatus => saneStatuses[code] ?? 'IO_ERROR'

/**
 * What can go wrong beside the answers of SANE: the device rounded an option (`INEXACT`), it gave fewer bytes than
 * it promised (`TRUNCATED`), its driver ended the process (`CRASHED`) or stood still (`HUNG`), the library or the
 * child process could not be loaded (`UNAVAILABLE`).
 */
export const saneFaults = ['INEXACT', 'TRUNCATED', 'CRASHED', 'HUNG', 'UNAVAILABLE'] as const

/** The status of a {@link SaneError}. */
export type SaneFailure = Exclude<SaneStatus, 'GOOD'> | (typeof saneFaults)[number]

const failures: ReadonlySet<string> = new Set([...saneStatuses.slice(1), ...saneFaults])

/** Whether a value names a failure. */
export const isSaneFailure = (value: unknown): value is SaneFailure =>
  typeof value === 'string' && failures.has(value)

/** The one error of this folder. */
export class SaneError extends Error {
  override readonly name = 'SaneError'
  readonly status: SaneFailure

  constructor(status: SaneFailure, text: string, options?: ErrorOptions) {
    super(text, options)
    this.status = status
  }
}

/** Throws unless the status is `GOOD`; `what` names the call. */
export const assertGood = (code: number, what: string): void => {
  const status = statusOf(code)
  if (status !== 'GOOD') throw new SaneError(status, `${what}: ${status}`)
}

/** What a {@link SaneError} or anything else that was thrown is called on another thread or in another process. */
export const failureOf = (thrown: unknown): { readonly failure: SaneFailure; readonly text: string } => {
  const error = thrown instanceof SaneError ? thrown : new SaneError('IO_ERROR', 'The driver failed')
  return { failure: error.status, text: error.message }
}
