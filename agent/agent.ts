import type { PresenceMessage } from '../protocol/messages.ts'
import { type AgentParts, assemble, type Undo } from './assembly.ts'
import type { AgentConfig } from './config.ts'
import type { Loop } from './health/watchdog.ts'
import type { Identity } from './identity/identity.ts'

/** One terminal's agent. Many can live in one process. */
export interface Agent {
  /** Resolves when it listens to its devices and begins to connect; it need not be connected then. */
  start(): Promise<void>
  /** Stops what runs, says bye, and leaves what was not sent on the disk. */
  stop(reason?: NonNullable<PresenceMessage['reason']>): Promise<void>
  /** Whether the fleet can be reached now. */
  readonly isUp: boolean
  /** Who it is to its fleet; `undefined` while it does not run. */
  readonly identity: Identity | undefined
  /** The loops in which its work is done; none while it does not run. */
  readonly loops: readonly Loop[]
}

/** An agent of this configuration; nothing happens before `start`. */
export const createAgent = (config: AgentConfig, parts: AgentParts): Agent => {
  const undo: Undo[] = []
  let assembled: Awaited<ReturnType<typeof assemble>> | undefined
  const undoAll = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  return {
    async start() {
      try {
        assembled = await assemble(config, parts, undo)
      } catch (thrown) {
        await undoAll()
        throw thrown
      }
    },
    async stop(reason = 'shutdown') {
      await assembled?.leave(reason)
      assembled = undefined
      await undoAll()
    },
    get isUp() {
      return assembled?.connection.isUp ?? false
    },
    get identity() {
      return assembled?.identity
    },
    get loops() {
      return assembled?.loops ?? []
    },
  }
}
