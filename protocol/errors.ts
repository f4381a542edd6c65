import { type Static, Type } from 'typebox'

/** Why a command did not succeed: a closed list that programs may switch on. */
export const errorCodes = [
  'busy',
  'device-absent',
  'device-fault',
  'no-paper',
  'jam',
  'cover-open',
  'no-document',
  'supply-empty',
  'truncated',
  'unsupported',
  'invalid',
  'expired',
  'cancelled',
  'timeout',
  'refused',
  'unknown-outcome',
  'internal',
] as const

/** One of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number]

export const ErrorCodeSchema = Type.Enum([...errorCodes])

/** The error of a command as it travels: `text` is for a log or a developer, people read the code's translation. */
export const CommandErrorSchema = Type.Object(
  {
    code: ErrorCodeSchema,
    text: Type.String({ maxLength: 500 }),
    retryable: Type.Boolean({ description: 'Whether the same command may succeed when sent again' }),
  },
  { additionalProperties: false },
)
export type CommandErrorBody = Static<typeof CommandErrorSchema>

const retryable: ReadonlySet<ErrorCode> = new Set([
  'busy',
  'device-absent',
  'no-paper',
  'jam',
  'cover-open',
  'no-document',
  'supply-empty',
  'truncated',
  'timeout',
])

/** The one error that a capability throws. `text` must hold no personal data; the cause stays in the log. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: ErrorCode
  readonly retryable: boolean

  constructor(code: ErrorCode, text: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? retryable.has(code)
  }

  /** The form that travels. */
  toBody(): CommandErrorBody {
    return { code: this.code, text: this.message.slice(0, 500), retryable: this.retryable }
  }

  /** Any thrown value as a `CommandError`; what is not one becomes `internal`, its text kept for the log only. */
  static from(thrown: unknown): CommandError {
    return thrown instanceof CommandError
      ? thrown
      : new CommandError('internal', 'The terminal met an unexpected fault', { cause: thrown })
  }
}
