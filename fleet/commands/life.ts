import type { CommandSpec } from '../../protocol/command-spec.ts'
import { type CommandState, type FinalState, isFinal } from '../../protocol/messages.ts'
import { graceMs } from '../terminals/presence.ts'

/**
 * The life of a command: queued → sent → received → running → one final state. INVARIANTS: a state is never left for
 * an earlier one; a final state is never left at all.
 */
const order: Record<Exclude<CommandState, FinalState>, number> = {
  queued: 0,
  sent: 1,
  received: 2,
  running: 3,
}

/** Somebody's word that a command is now in this state. */
export type Word = Exclude<CommandState, 'queued'>

/**
 * What a word does to a command: `move` it, `stay` because it is old or repeated, or come too `late`, when it names
 * another outcome than the one that stands.
 */
export type Turn = 'move' | 'stay' | 'late'

/** Judges a word by the state that the command has. */
export const judge = (state: CommandState, word: Word): Turn => {
  if (isFinal(state)) return isFinal(word) && word !== state ? 'late' : 'stay'
  return isFinal(word) || order[word] > order[state] ? 'move' : 'stay'
}

/** How long a terminal that was sent a command may stay silent after its expiry, in milliseconds. */
export const wordGraceMs = 30_000

/** How long an outcome is awaited after the command's last moment and the terminal's last word, in milliseconds. */
export const outcomeGraceMs = 300_000

/** What the passing of time needs to know of a command. */
export interface Span {
  readonly state: CommandState
  readonly expiresAt: number
  readonly deadlineMs: number
  readonly effect: CommandSpec['effect']
  /** When the terminal last said anything of it, as far as this process heard it. */
  readonly heardAt?: number | undefined
  /** When the fleet started: what terminals said before, nobody heard, and they need time to be back. */
  readonly listeningSince: number
}

/** The last moment at which the terminal can be at work on it: it begins before `expiresAt`. */
export const lastMoment = ({ expiresAt, deadlineMs }: Pick<Span, 'expiresAt' | 'deadlineMs'>): number =>
  expiresAt + deadlineMs

/**
 * The final state that time alone gives a command, if any.
 *
 * `queued`: the terminal never saw it, so at its expiry it is `expired`.
 * `sent`, of an effect that may be repeated: `expired` a while after its expiry. The terminal refuses to begin after
 * the same expiry by the same clock; had it begun before and could not say so, the effect is one that may run again.
 * All others may have had their effect. When the terminal has not spoken for long after the last moment, the outcome is
 * `unknown`, never guessed; one that still brings its pages over a slow line says so, and is waited for.
 *
 * While the fleet was away nobody could speak to it, so its own absence counts as nobody's silence.
 */
export const fateOf = (span: Span, now: number): 'expired' | 'unknown' | undefined => {
  const { state, effect, expiresAt, heardAt = 0, listeningSince } = span
  if (isFinal(state)) return undefined
  if (state === 'queued') return now >= expiresAt ? 'expired' : undefined
  if (state === 'sent' && effect !== 'once') {
    return now >= Math.max(expiresAt + wordGraceMs, listeningSince + graceMs) ? 'expired' : undefined
  }
  return now >= Math.max(lastMoment(span), heardAt, listeningSince) + outcomeGraceMs ? 'unknown' : undefined
}
