import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Supervisor } from '../../provisioning/supervisor.ts'

/** A loop of the agent that must not stand still. */
export interface Loop {
  readonly name: string
  /** How long it may show no life, in milliseconds. */
  readonly allowanceMs: number
  /** When it last showed life, on the monotonic clock; it throws when it cannot work at all. */
  lastSign(): number
}

/** The loops that stand still. */
export const standing = (loops: readonly Loop[], now = performance.now()): readonly string[] =>
  loops
    .filter(({ allowanceMs, lastSign }) => {
      try {
        return now - lastSign() > allowanceMs
      } catch {
        return true
      }
    })
    .map(({ name }) => name)

/**
 * Tells the supervisor that the agent works, until the signal is aborted.
 *
 * INVARIANT: it is told only after every loop has shown life within its allowance. A process whose timers fire while
 * its work stands still is not alive, and is started again by the supervisor.
 */
export const feedWatchdog = async (
  parts: {
    readonly supervisor: Pick<Supervisor, 'watchdogMs' | 'alive'>
    readonly loops: readonly Loop[]
    readonly logger: Logger
  },
  signal: AbortSignal,
): Promise<void> => {
  const { supervisor, loops, logger } = parts
  if (supervisor.watchdogMs === undefined) return
  const pause = supervisor.watchdogMs / 3
  while (!signal.aborted) {
    const still = standing(loops)
    if (still.length === 0) supervisor.alive()
    else logger.error({ loops: still }, 'a loop stands still, so the watchdog is not fed')
    await sleep(pause, undefined, { signal }).catch(() => {})
  }
}
