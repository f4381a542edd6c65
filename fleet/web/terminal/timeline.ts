import type { PresenceInterval } from '../../api/health-schemas.ts'
import type { Command } from '../../api/schemas.ts'
import { isOver } from '../expert/state.ts'
import type { Tone } from '../expert/terminal-state.ts'
import type { TimeRange } from '../health-api.ts'
import { placeOf } from './range.ts'

/** A stretch of the timeline; place and width are shares of the range. */
export interface Bar {
  readonly interval: PresenceInterval
  readonly place: number
  readonly width: number
}

/** However short an interval was, it can be seen. */
const leastWidth = 0.002

/** The intervals that touch the range, cut to it. */
export const barsOf = (intervals: readonly PresenceInterval[], range: TimeRange): readonly Bar[] =>
  intervals
    .filter(({ from, until }) => from < range.until && (until ?? Number.POSITIVE_INFINITY) > range.from)
    .map((interval) => {
      const place = placeOf(range, interval.from)
      const end = placeOf(range, interval.until ?? range.until)
      const width = Math.max(leastWidth, end - place)
      return { interval, place: Math.min(place, 1 - width), width }
    })
    // What is short lies above what is long.
    .toSorted((a, b) => b.width - a.width)

/** Commands that were asked for at about the same time. */
export interface Mark {
  readonly place: number
  /** The newest first. */
  readonly commands: readonly Command[]
  readonly tone: Tone | 'running'
}

const markWidth = 0.012

/** How the outcome of a command looks. */
export const outcomeTone = (command: Command): Mark['tone'] => {
  if (!isOver(command)) return 'running'
  if (command.state === 'succeeded') return 'good'
  if (command.state === 'cancelled' || command.state === 'expired') return 'quiet'
  return command.state === 'unknown' ? 'warn' : 'bad'
}

const worstFirst: readonly Mark['tone'][] = ['bad', 'warn', 'running', 'quiet', 'good']

const worstOf = (commands: readonly Command[]): Mark['tone'] => {
  const tones = commands.map(outcomeTone)
  return worstFirst.find((tone) => tones.includes(tone)) ?? 'good'
}

/** Marks for the commands of a range; those that would lie over one another are one. */
export const marksOf = (commands: readonly Command[], range: TimeRange): readonly Mark[] => {
  const inside = commands
    .filter(({ issuedAt }) => issuedAt >= range.from && issuedAt < range.until)
    .toSorted((a, b) => a.issuedAt - b.issuedAt)
  const groups: { place: number; commands: Command[] }[] = []
  for (const command of inside) {
    const place = placeOf(range, command.issuedAt)
    const last = groups.at(-1)
    if (last !== undefined && place - last.place < markWidth) last.commands.unshift(command)
    else groups.push({ place, commands: [command] })
  }
  return groups.map((group) => ({ ...group, tone: worstOf(group.commands) }))
}

/** How long each state lasted in a range, in milliseconds, by its name. */
export const lengthsOf = (
  intervals: readonly PresenceInterval[],
  { from, until }: TimeRange,
): Readonly<Partial<Record<PresenceInterval['state'], number>>> => {
  const lengths: Partial<Record<PresenceInterval['state'], number>> = {}
  for (const interval of intervals) {
    const length = Math.min(interval.until ?? until, until) - Math.max(interval.from, from)
    if (length > 0) lengths[interval.state] = (lengths[interval.state] ?? 0) + length
  }
  return lengths
}
