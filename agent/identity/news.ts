import { setTimeout as sleep } from 'node:timers/promises'

/** Tells those who wait that something may have changed. */
export interface News {
  tell(): void
  /**
   * Resolves as soon as `enough` holds, at the next telling where it is not given, or after so many milliseconds. Rejects
   * with the signal's reason.
   */
  wait(signal: AbortSignal, limitMs?: number, enough?: () => boolean): Promise<void>
}

/** The longest time of a timer in Node. */
const longestMs = 2 ** 31 - 1

/** Nobody waits yet. */
export const createNews = (): News => {
  let next = Promise.withResolvers<void>()
  return {
    tell() {
      next.resolve()
      next = Promise.withResolvers()
    },
    async wait(signal, limitMs = longestMs, enough) {
      signal.throwIfAborted()
      if (enough?.()) return
      const over = new AbortController()
      let late = false
      const timer = sleep(Math.min(limitMs, longestMs), undefined, {
        signal: AbortSignal.any([signal, over.signal]),
      })
        .catch(() => {})
        .finally(() => {
          late = true
        })
      do await Promise.race([next.promise, timer])
      while (!late && enough && !enough())
      over.abort()
      signal.throwIfAborted()
    },
  }
}
