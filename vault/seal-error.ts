/** Why a sealed file could not be written or read. */
export type SealFault = 'missing' | 'damaged' | 'too-large' | 'bad-range' | 'bad-key' | 'io'

/** The one error of this folder; the cause is kept. */
export class SealError extends Error {
  override readonly name = 'SealError'
  readonly fault: SealFault

  constructor(fault: SealFault, text: string, options: { cause?: unknown } = {}) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause })
    this.fault = fault
  }

  /** Any thrown value as a `SealError`. */
  static from(thrown: unknown): SealError {
    if (thrown instanceof SealError) return thrown
    const missing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT'
    return missing
      ? new SealError('missing', 'The sealed file does not exist', { cause: thrown })
      : new SealError('io', 'The sealed file could not be read or written', { cause: thrown })
  }
}
