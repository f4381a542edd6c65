import type { SelfTestOutput } from '../../../protocol/capabilities/terminal.ts'
import type { Artefacts } from '../../artefacts/artefacts.ts'
import type { Capability } from '../../capability.ts'

/** What the terminal can do to itself. */
export interface TerminalParts {
  selftest(signal: AbortSignal): Promise<SelfTestOutput>
  /** A gzipped bundle of logs, versions and descriptions. */
  diagnostics(signal: AbortSignal): Promise<Uint8Array>
  readonly artefacts: Pick<Artefacts, 'keep'>
  /** Ends this process, so that its supervisor begins a new one, or restarts the machine. */
  restart(what: 'agent' | 'machine'): void
}

/** The terminal itself: restart, self-test, diagnostics. */
export const terminalCapability = (parts: TerminalParts): Capability<'terminal'> => ({
  name: 'terminal',
  handlers: {
    async 'terminal.restart'({ what = 'agent' }, context) {
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
  },
  async start() {},
  async stop() {},
  report: async () => ({ present: true, ok: true }),
})
