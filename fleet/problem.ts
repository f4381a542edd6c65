import type { SettingFault } from '../protocol/configuration-check.ts'
import type { ProblemCode } from './api/schemas.ts'

/** What a caller of the fleet did wrong or cannot have; `message` is short English without personal data. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly code: ProblemCode
  /** When asking again makes sense. */
  readonly retryAfterMs: number | undefined

  /** What is wrong at which place of what was sent. */
  readonly errors: readonly SettingFault[] | undefined

  constructor(
    code: ProblemCode,
    text: string,
    options: { cause?: unknown; retryAfterMs?: number; errors?: readonly SettingFault[] } = {},
  ) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.errors = options.errors
    this.retryAfterMs = options.retryAfterMs
  }
}
