import type { CapabilityName } from '../../protocol/commands.ts'
import { CommandError } from '../../protocol/errors.ts'
import type { CapabilityReport } from '../../protocol/messages.ts'
import type { Capability } from '../capability.ts'
import type { Capabilities } from '../commands/run.ts'

const switchedOff: CapabilityReport = { present: false, ok: true, detail: 'is switched off' }

type AnyHandler = (input: unknown, context: unknown) => Promise<unknown>

/** A capability that refuses its commands while it is switched off; what runs by then goes on. */
const switchable = <C extends CapabilityName>(
  capability: Capability<C>,
  isOn: () => boolean,
): Capability<C> => {
  const { name, handlers } = capability
  const test = capability.test?.bind(capability)
  const guarded = Object.entries(handlers as unknown as Record<string, AnyHandler>).map(
    ([command, handler]): [string, AnyHandler] => [
      command,
      async (input, context) => {
        if (!isOn()) throw new CommandError('refused', `The ${name} is switched off`)
        return handler(input, context)
      },
    ],
  )
  return {
    name,
    handlers: Object.fromEntries(guarded) as unknown as Capability<C>['handlers'],
    start: () => capability.start(),
    stop: () => capability.stop(),
    // Switched off is no fault: it makes the terminal no worse than it shall be.
    report: async (signal) => (isOn() ? capability.report(signal) : switchedOff),
    ...(test && { test: async (signal: AbortSignal) => (isOn() ? test(signal) : undefined) }),
  }
}

/** The capabilities, each of which can be switched off but for the terminal's own: it is the way back. */
export const withSwitches = (
  capabilities: Capabilities,
  isOn: (name: Exclude<CapabilityName, 'terminal'>) => boolean,
): Capabilities => ({
  scanner: switchable(capabilities.scanner, () => isOn('scanner')),
  printer: switchable(capabilities.printer, () => isOn('printer')),
  copier: switchable(capabilities.copier, () => isOn('copier')),
  terminal: capabilities.terminal,
})

/** What is only looked at, and not while it is switched off. */
export const switchedProbe =
  (
    probe: (signal: AbortSignal) => Promise<CapabilityReport | undefined>,
    isOn: () => boolean,
  ): typeof probe =>
  async (signal) => {
    const report = await probe(signal)
    return report && !isOn() ? switchedOff : report
  }
