import type { SaneSessionOptions } from './process.ts'
import { type SaneSession, startSession } from './session.ts'

/** A session whose process is up before anyone asks for it. It has loaded no driver and holds no device. */
export interface SessionAhead {
  /** The session that waits, or a new one. */
  take(): SaneSession
  /** Starts the next session now; it waits for a while. */
  prepare(): void
  /** Ends what waits; resolves when no process is left of it. */
  end(): Promise<void>
}

/** Sessions of which the next one may wait for `waitMs`, none where that is 0: a process takes its time to come up. */
export const createSessionAhead = (options: SaneSessionOptions, waitMs: number): SessionAhead => {
  let waiting: SaneSession | undefined
  let timer: NodeJS.Timeout | undefined
  const pickUp = (): SaneSession | undefined => {
    clearTimeout(timer)
    const session = waiting
    waiting = undefined
    return session
  }
  const end = async (): Promise<void> => {
    await pickUp()?.end()
  }
  return {
    take() {
      const session = pickUp()
      return session?.failed === false ? session : startSession(options)
    },
    prepare() {
      if (waitMs === 0) return
      clearTimeout(timer)
      try {
        waiting ??= startSession(options)
      } catch {
        // It shows again when one is asked for.
      }
      timer = setTimeout(() => void end(), waitMs)
    },
    end,
  }
}
