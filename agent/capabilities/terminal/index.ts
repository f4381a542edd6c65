import type { LogsInput, SelfTestOutput } from '../../../protocol/capabilities/terminal.ts'
import type { CommandOutput } from '../../../protocol/commands.ts'
import type { Artefacts } from '../../artefacts/artefacts.ts'
import type { Capability, CommandContext } from '../../capability.ts'

/** What the terminal can do to itself. */
export interface TerminalParts {
  selftest(signal: AbortSignal): Promise<SelfTestOutput>
  /** A gzipped bundle of logs, versions and descriptions. */
  diagnostics(signal: AbortSignal): Promise<Uint8Array>
  readonly artefacts: Pick<Artefacts, 'keep'>
  /** Shows the log to whoever follows a command, until its time is over. */
  logs(command: string, input: LogsInput, signal: AbortSignal): Promise<CommandOutput<'terminal.logs'>>
  /** Restarts the kiosk's browser. Throws `CommandError`: `unsupported` where it is not known how. */
  restartKiosk(context: Pick<CommandContext, 'signal' | 'effectBegins'>): Promise<void>
  /** Ends this process, so that its supervisor begins a new one, or restarts the machine. */
  restart(what: 'agent' | 'machine'): void
}

/** The terminal itself: restart, self-test, diagnostics, logs. */
export const terminalCapability = (parts: TerminalParts): Capability<'terminal'> => ({
  name: 'terminal',
  handlers: {
    async 'terminal.restart'({ what = 'agent' }, context) {
      if (what === 'kiosk') {
        await parts.restartKiosk(context)
        return {}
      }
      await context.effectBegins()
      // The answer first: nobody is left to give it afterwards.
      context.afterReport(() => parts.restart(what))
      return {}
    },
    'terminal.selftest': (_, { signal }) => parts.selftest(signal),
    async 'terminal.diagnostics'(_, { id, signal }) {
      const bytes = await parts.diagnostics(signal)
      const bundle = await parts.artefacts.keep({
        kind: 'diagnostics',
        mediaType: 'application/gzip',
        command: id,
        bytes,
      })
      return { bundle }
    },
    'terminal.logs': (input, { id, signal }) => parts.logs(id, input, signal),
  },
  async start() {},
  async stop() {},
  report: async () => ({ present: true, ok: true }),
})
