import type { TSchema } from 'typebox'

/** A device that only one command can use at a time. */
export type Lane = 'scanner' | 'printer' | 'terminal'

/**
 * What a command is, beside its name.
 * `effect`: `none` and `repeatable` may run again after a crash; `once` (paper was printed, a machine restarted)
 * is reported `unknown` instead. `lanes` are held while it runs; with `whenBusy: 'refuse'` a second command is
 * answered `busy`, with `'wait'` it takes its turn.
 */
export interface CommandSpec<I extends TSchema = TSchema, O extends TSchema = TSchema> {
  readonly summary: string
  readonly input: I
  readonly output: O
  readonly effect: 'none' | 'repeatable' | 'once'
  readonly lanes: readonly Lane[]
  readonly whenBusy: 'refuse' | 'wait'
  /** How long after it was issued it may still start, in milliseconds. */
  readonly expiresInMs: number
  /** How long it may run, in milliseconds. */
  readonly deadlineMs: number
}

/** Keeps the narrow types of a table of commands. */
export const defineCommands = <T extends Record<string, CommandSpec>>(table: T): T => table
