import type { ProblemCode } from './api/schemas.ts'

/** What a caller of the fleet did wrong or cannot have; `message` is short English without personal data. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly code: ProblemCode

  constructor(code: ProblemCode, text: string, options: { cause?: unknown } = {}) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
  }
}
