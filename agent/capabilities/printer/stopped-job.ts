import { CommandError } from '../../../protocol/errors.ts'
import type { JobStatus } from './driver.ts'
import { causeOf } from './state-reason.ts'

/**
 * What a job that its signal has stopped rejects with: the signal's reason. At the deadline the printer's own reason
 * (`no-paper`, `jam`, `busy` while it was still waiting) says more to people than that time has passed.
 */
export const endedBy = (signal: AbortSignal, last: JobStatus | undefined): unknown => {
  const reason: unknown = signal.reason
  if (last === undefined || !(reason instanceof CommandError) || reason.code !== 'timeout') return reason
  const code = causeOf(last.reasons) ?? (last.job === 0 ? 'busy' : undefined)
  if (code === undefined) return reason
  return new CommandError(code, 'The printer stood still until the deadline', { cause: reason })
}
