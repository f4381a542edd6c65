import type { CapabilityName, CommandInput, CommandNameOf, CommandOutput } from '../protocol/commands.ts'
import type { CapabilityReport, Progress } from '../protocol/messages.ts'

/** What a running command may use beside its input. */
export interface CommandContext {
  /** The command's id. */
  readonly id: string
  /** Aborted with a `CommandError` (`cancelled`, `timeout`) as its reason. */
  readonly signal: AbortSignal
  /** Tells the fleet how far the command is; never throws, may be merged with later ones. */
  progress(progress: Progress): void
  /**
   * Awaited by a command of `effect: once` right before its effect begins (the printer gets the first byte, the
   * machine goes down). Resolves when that is on the disk: after a crash the command is then reported `unknown`;
   * without it, as failed and safe to send again. Rejects with the signal's reason when the command was stopped first.
   */
  effectBegins(): Promise<void>
  /** Does this once the fleet has the command's outcome, or soon after when the line is down. */
  afterReport(act: () => void): void
}

/** Answers one command: resolves to its output or throws a `CommandError`. */
export type Handler<C extends CapabilityName, N extends CommandNameOf<C>> = (
  input: CommandInput<N>,
  context: CommandContext,
) => Promise<CommandOutput<N>>

/** What a test has seen: good or bad, and a text for a human in short words and numbers. */
export interface Finding {
  readonly ok: boolean
  readonly detail: string
  /** Nothing could be tested here, and that is no fault. */
  readonly skipped?: boolean
  /** Somebody uses the device: nothing was learnt, and what was found before stands. */
  readonly busy?: boolean
}

/**
 * What a terminal can do. A terminal that lacks the device still has the capability, which then answers
 * `device-absent`. The constructor does nothing; `start` and `stop` do.
 */
export interface Capability<C extends CapabilityName = CapabilityName> {
  readonly name: C
  readonly handlers: { readonly [N in CommandNameOf<C>]: Handler<C, N> }
  start(): Promise<void>
  stop(): Promise<void>
  /** Whether the device answers now, and what it says of itself. Never throws. */
  report(signal: AbortSignal): Promise<CapabilityReport>
  /**
   * Looks deeper than `report` and may move the device, so only while nobody uses the terminal. A command that comes
   * meanwhile goes first. `undefined` where there is nothing that a report does not say; throws what went wrong.
   */
  test?(signal: AbortSignal): Promise<Finding | undefined>
}
