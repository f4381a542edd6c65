import { Type } from 'typebox'
import { ProblemError } from '../problem.ts'

const Moment = Type.String({
  maxLength: 40,
  description: 'Milliseconds since 1970, or a date and time (RFC 3339)',
})

/** A range of time as it stands in a query; both ends may be left out. */
export const RangeQuery = { from: Type.Optional(Moment), to: Type.Optional(Moment) }

/** A range of time in milliseconds; `until` is not in it. */
export interface TimeRange {
  readonly from: number
  readonly until: number
}

const momentOf = (text: string): number => {
  const moment = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text)
  if (!Number.isSafeInteger(moment) || moment < 0)
    throw new ProblemError('invalid', `This is no time: ${text.slice(0, 40)}`)
  return moment
}

/**
 * The range that a query asks for; what it leaves out is now, and `usualMs` before the end. Throws `ProblemError`
 * `invalid` when it is none or longer than `longestMs`.
 */
export const rangeOf = (
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: number,
  { usualMs = 86_400_000, longestMs = 3 * 366 * 86_400_000 } = {},
): TimeRange => {
  const until = to === undefined ? now : momentOf(to)
  const range = { from: from === undefined ? Math.max(0, until - usualMs) : momentOf(from), until }
  if (range.from >= range.until) throw new ProblemError('invalid', 'The range ends before it begins')
  if (range.until - range.from > longestMs) throw new ProblemError('invalid', 'The range is too long')
  return range
}
