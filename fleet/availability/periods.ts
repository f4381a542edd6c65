import { dateOf, dayMs, dayNumber, dayStart, type Span } from '../../protocol/local-time.ts'

/** By what a range is divided, in the zone of each terminal. */
export const periodLengths = ['day', 'week', 'month'] as const
export type PeriodLength = (typeof periodLengths)[number]

/** One day of a zone, cut to the range that was asked for. */
export interface CalendarDay extends Span {
  readonly day: number
  /** From midnight to midnight. */
  readonly whole: Span
}

/** The days of a range in a zone. */
export const calendar = (timeZone: string, { from, until }: Span): CalendarDay[] => {
  const days: CalendarDay[] = []
  if (from >= until) return days
  let begin = dayStart(timeZone, dayNumber(timeZone, from))
  for (let day = dayNumber(timeZone, from); begin < until; day++) {
    const end = dayStart(timeZone, day + 1)
    const whole = { from: begin, until: end }
    if (begin < end) days.push({ day, whole, from: Math.max(begin, from), until: Math.min(end, until) })
    begin = end
  }
  return days
}

/** The week of a day (ISO 8601): the one of its Thursday, whose year is that of the week. */
const weekOf = (day: number): string => {
  const weekday = (((day + 3) % 7) + 7) % 7
  const thursday = day - weekday + 3
  const year = dateOf(thursday).slice(0, 4)
  const week = Math.floor((thursday - Date.UTC(Number(year), 0, 1) / dayMs) / 7) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}

/** The name of the period that a day is in. */
export const periodOf = (length: PeriodLength, day: number): string => {
  if (length === 'week') return weekOf(day)
  return dateOf(day).slice(0, length === 'day' ? 10 : 7)
}
