import type { EnrolProblem } from '../../protocol/enrolment.ts'

/** Why a terminal is not enrolled or its certificate not renewed; the text is short English without personal data. */
export class EnrolRefused extends Error {
  override readonly name = 'EnrolRefused'
  readonly code: EnrolProblem

  constructor(code: EnrolProblem, text: string, options: { cause?: unknown } = {}) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
  }
}
