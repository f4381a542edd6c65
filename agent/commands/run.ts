import { type CapabilityName, type CommandName, specOf } from '../../protocol/commands.ts'
import { CommandError, type ErrorCode } from '../../protocol/errors.ts'
import { fits } from '../../protocol/fits.ts'
import type { CommandMessage, FinalState } from '../../protocol/messages.ts'
import type { Capability, CommandContext } from '../capability.ts'
import type { Clock } from '../link/clock.ts'
import type { Journal, Outcome } from './journal.ts'
import type { Lanes } from './lanes.ts'
import type { ProgressReports } from './progress.ts'

/** The terminal's capabilities, none missing. */
export type Capabilities = { readonly [C in CapabilityName]: Capability<C> }

/** What running a command needs. */
export interface Bench {
  readonly capabilities: Capabilities
  readonly journal: Journal
  readonly lanes: Lanes
  readonly clock: Clock
  /** How long a command that was stopped may take to come to an end, in milliseconds. */
  readonly graceMs: number
}

/** Results larger than this do not fit in a report beside its envelope. */
const maxResultBytes = 60 * 1024

/** An error as the outcome of a command; `state` where nothing in the error says more. */
export const outcomeOf = (thrown: unknown, state: FinalState): Outcome => {
  const error = CommandError.from(thrown)
  const states: Partial<Record<ErrorCode, FinalState>> = {
    cancelled: 'cancelled',
    expired: 'expired',
    'unknown-outcome': 'unknown',
  }
  return { state: states[error.code] ?? state, error: error.toBody() }
}

/** The outcome of a handler that threw after its effect had begun. */
const outcomeAfterEffect = (thrown: unknown): Outcome => {
  const { state, error } = outcomeOf(thrown, 'failed')
  if (error?.code === 'internal') {
    const text = 'The terminal met a fault while the command had its effect'
    return outcomeOf(new CommandError('unknown-outcome', text), 'unknown')
  }
  // Sending it again could have the effect twice: that is for a person to decide.
  return { state, ...(error ? { error: { ...error, retryable: false } } : {}) }
}

const handlerOf = (capabilities: Capabilities, name: CommandName) => {
  const capability = capabilities[name.slice(0, name.indexOf('.')) as CapabilityName]
  const handlers = capability.handlers as Record<
    string,
    (input: unknown, context: CommandContext) => Promise<unknown>
  >
  const handler = handlers[name]
  if (!handler) throw new CommandError('unsupported', 'This agent does not know the command')
  return handler
}

const checked = (name: CommandName, result: unknown): Outcome => {
  if (!fits(specOf(name).output, result)) throw new Error(`The result of ${name} does not fit its schema`)
  if (Buffer.byteLength(JSON.stringify(result)) > maxResultBytes)
    throw new Error(`The result of ${name} is too large`)
  return { state: 'succeeded', result }
}

/** A command that runs or waits for its device. */
export interface Run {
  readonly outcome: Promise<Outcome>
  stop(reason: CommandError): void
}

/**
 * Runs one checked command: waits for its device, watches expiry and deadline, never rejects.
 * INVARIANTS: a command whose time is over never reaches its handler; the device stays taken until the handler has
 * really come to its end, even when the outcome was given before.
 */
export const run = (
  name: CommandName,
  message: CommandMessage,
  bench: Bench,
  reports: ProgressReports,
  afterReport: (act: () => void) => void,
  failed: (thrown: unknown) => void,
): Run => {
  const { capabilities, journal, lanes, clock, graceMs } = bench
  const spec = specOf(name)
  const stopped = new AbortController()
  const { signal } = stopped
  let begun = false

  const handle = async (leave: () => void): Promise<Outcome> => {
    const deadline = setTimeout(
      () => stopped.abort(new CommandError('timeout', 'The command took longer than it may')),
      message.deadlineMs,
    )
    const context: CommandContext = {
      id: message.id,
      signal,
      progress: (progress) => reports.progress(progress),
      async effectBegins() {
        signal.throwIfAborted()
        if (spec.effect === 'once' && !begun) journal.begin(message.id)
        begun ||= spec.effect === 'once'
      },
      afterReport,
    }
    reports.running()
    const handled = (async () => handlerOf(capabilities, name)(message.input, context))()
    void handled.then(leave, leave)
    const abandoned = Promise.withResolvers<never>()
    let grace: NodeJS.Timeout | undefined
    const abandon = () => {
      const reason = begun ? new Error('The handler does not stop') : signal.reason
      grace = setTimeout(() => abandoned.reject(reason), graceMs)
    }
    signal.addEventListener('abort', abandon)
    try {
      return checked(name, await Promise.race([handled, abandoned.promise]))
    } catch (thrown) {
      if (!(thrown instanceof CommandError) || thrown.code === 'internal') failed(thrown)
      return begun ? outcomeAfterEffect(thrown) : outcomeOf(thrown, 'failed')
    } finally {
      signal.removeEventListener('abort', abandon)
      clearTimeout(deadline)
      clearTimeout(grace)
    }
  }

  const late = () => new CommandError('expired', 'The command came or got its turn too late')
  const work = async (): Promise<Outcome> => {
    let leave: () => void
    let expiry: NodeJS.Timeout | undefined
    const left = message.expiresAt - clock.now()
    if (left <= 0) return outcomeOf(late(), 'expired')
    const waits = () => {
      reports.waiting()
      expiry = setTimeout(() => stopped.abort(late()), Math.min(left, 2 ** 31 - 1))
    }
    try {
      leave = await lanes.enter(spec.lanes, spec.whenBusy, signal, waits)
    } catch (thrown) {
      return outcomeOf(thrown, 'rejected')
    } finally {
      clearTimeout(expiry)
    }
    if (signal.aborted || clock.now() >= message.expiresAt) {
      leave()
      return outcomeOf(signal.aborted ? signal.reason : late(), 'rejected')
    }
    return await handle(leave)
  }
  return { outcome: work(), stop: (reason) => stopped.abort(reason) }
}
