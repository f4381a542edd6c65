import type { ScannedPage } from '../../protocol/capabilities/scanner.ts'
import { isCommandName } from '../../protocol/commands.ts'
import { CommandError, type ErrorCode } from '../../protocol/errors.ts'
import { type CommandReport, type FinalState, isFinal, type Progress } from '../../protocol/messages.ts'
import { outputFits } from './check.ts'
import type { CommandRecord, LateWord } from './record.ts'

const words: Record<Exclude<FinalState, 'succeeded'>, readonly [ErrorCode, string]> = {
  failed: ['internal', 'The terminal gave no reason'],
  rejected: ['refused', 'The terminal refused the command'],
  expired: ['expired', 'The command expired before it began'],
  cancelled: ['cancelled', 'The command was cancelled'],
  unknown: ['unknown-outcome', 'The command may have had its effect; nobody can tell'],
}

/** The record in a final state that is not success. */
export const ended = (
  record: CommandRecord,
  state: Exclude<FinalState, 'succeeded'>,
  now: number,
  error = new CommandError(...words[state]).toBody(),
): CommandRecord => ({ ...record, state, updatedAt: now, error })

/** The record after a report that moves it. A result that does not fit its schema is a failure of the terminal. */
export const reported = (record: CommandRecord, report: CommandReport, now: number): CommandRecord => {
  const { state } = report
  if (!isFinal(state)) return { ...record, state, updatedAt: now }
  // Both say that it never began; people asked for this one.
  if (state === 'expired' && record.cancelledAt !== undefined) return ended(record, 'cancelled', now)
  if (state !== 'succeeded') return ended(record, state, now, report.error)
  if (!isCommandName(record.name) || !outputFits(record.name, report.result)) {
    return ended(record, 'failed', now, new CommandError('internal', 'The result does not fit').toBody())
  }
  return { ...record, state, updatedAt: now, result: report.result }
}

/** The record with another outcome than the one that stands; what it brought is kept, so that nothing need be done again. */
export const toldLate = (
  record: CommandRecord,
  word: Omit<LateWord, 'result'>,
  result: unknown,
): CommandRecord => {
  const fits = word.state === 'succeeded' && isCommandName(record.name) && outputFits(record.name, result)
  return { ...record, late: { ...word, ...(fits && { result }) } }
}

const withPage = (pages: readonly ScannedPage[], page: ScannedPage): readonly ScannedPage[] =>
  pages.some((known) => known.artefact === page.artefact) || pages.length >= 500 ? pages : [...pages, page]

/** The record with the progress of a command; a page that was finished is kept for good, however late it is told. */
export const furthered = (record: CommandRecord, progress: Progress): CommandRecord => ({
  ...record,
  ...(isFinal(record.state) ? {} : { progress }),
  pages: progress.finished ? withPage(record.pages, progress.finished) : record.pages,
})
