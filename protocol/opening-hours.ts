import type { Configuration, Hours } from './configuration.ts'
import { dateOf, dayMs, offsetSpans, type Span } from './local-time.ts'

/** When a shop is open: a week, and days that differ from it, on the clock of its zone. */
export type OpeningHours = Configuration['openingHours']

/** Day 0 of 1970 was a Thursday. */
const weekdays = ['thursday', 'friday', 'saturday', 'sunday', 'monday', 'tuesday', 'wednesday'] as const

const hoursOf = ({ week, exceptions }: OpeningHours, day: number, hasExceptions: boolean): Hours => {
  const different = hasExceptions ? exceptions[dateOf(day)] : undefined
  const weekday = weekdays[((day % 7) + 7) % 7]
  return different ?? (weekday ? week[weekday] : [])
}

const clockMs = (time: string): number => (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * 60_000

const append = (spans: Span[], from: number, until: number): void => {
  const last = spans.at(-1)
  if (last && last.until >= from) spans[spans.length - 1] = { from: last.from, until }
  else spans.push({ from, until })
}

/**
 * The spans of a range in which a shop is open, the oldest first; those that touch, as at midnight, are one. Open is
 * what the clock on the shop's wall says: an hour that the change of clocks repeats counts twice, one that it leaves
 * out not at all. The hours are taken to be without faults (`configurationFaults`).
 */
export const openSpans = (hours: OpeningHours, from: number, until: number): Span[] => {
  const spans: Span[] = []
  const hasExceptions = Object.keys(hours.exceptions).length > 0
  for (const part of offsetSpans(hours.timeZone, from, until)) {
    const lastDay = Math.floor((part.until - 1 + part.offset) / dayMs)
    for (let day = Math.floor((part.from + part.offset) / dayMs); day <= lastDay; day++) {
      const midnight = day * dayMs - part.offset
      for (const open of hoursOf(hours, day, hasExceptions)) {
        const begin = Math.max(part.from, midnight + clockMs(open.from))
        const end = Math.min(part.until, midnight + clockMs(open.to))
        if (begin < end) append(spans, begin, end)
      }
    }
  }
  return spans
}

/** Whether a shop is open at a moment. */
export const isOpen = (hours: OpeningHours, at: number): boolean => openSpans(hours, at, at + 1).length > 0

/** Exceptions aside, a week says it all; beyond a year nobody plans. */
const horizonDays = [8, 400]

/** The first moment after `at` at which a shop opens; `undefined` when it does not within 400 days. */
export const nextOpening = (hours: OpeningHours, at: number): number | undefined => {
  for (const days of horizonDays) {
    const opening = openSpans(hours, at, at + days * dayMs).find(({ from }) => from > at)
    if (opening) return opening.from
  }
  return undefined
}
