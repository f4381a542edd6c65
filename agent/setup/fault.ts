import { CommandError, type ErrorCode } from '../../protocol/errors.ts'
import type { SetupProblem } from '../../protocol/setup.ts'

/** Why a step of setting up could not be done; `detail` is for a log and for a person who knows more. */
export class SetupFault extends Error {
  override readonly name = 'SetupFault'
  readonly problem: SetupProblem

  constructor(problem: SetupProblem, detail = '', options: { cause?: unknown } = {}) {
    super(detail, options)
    this.problem = problem
  }
}

const problemOf: Readonly<Partial<Record<ErrorCode, SetupProblem>>> = {
  busy: 'device-busy',
  'no-paper': 'no-paper',
  jam: 'jam',
  'cover-open': 'cover-open',
  'supply-empty': 'supply-empty',
  'device-fault': 'device-fault',
  truncated: 'device-fault',
  timeout: 'device-fault',
  cancelled: 'cancelled',
}

/** What a device's failure means for a technician; `absent` is the problem where the device does not answer. */
export const deviceFault = (thrown: unknown, absent: 'no-scanner' | 'no-printer'): SetupFault => {
  if (thrown instanceof SetupFault) return thrown
  const { code, message } = CommandError.from(thrown)
  const problem = code === 'device-absent' ? absent : (problemOf[code] ?? 'internal')
  return new SetupFault(problem, message, { cause: thrown })
}
