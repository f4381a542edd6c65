import { setTimeout as sleep } from 'node:timers/promises'

/** How long to wait before the next try. */
export interface Backoff {
  /** Milliseconds until the next try; the range doubles with each call. */
  next(): number
  /** The last try went well. */
  reset(): void
  /** Waits for `next()` milliseconds; rejects with the signal's reason. */
  wait(signal: AbortSignal): Promise<void>
}

/**
 * Exponential with full jitter: evenly at random between 0 and min(cap, base·2ⁿ), so that terminals which lost the
 * fleet together do not come back together. `random` gives numbers from 0 to below 1.
 */
export const createBackoff = (
  options: {
    readonly base?: number
    readonly cap?: number | (() => number)
    readonly random?: () => number
  } = {},
): Backoff => {
  const { base = 1000, cap = 30_000, random = Math.random } = options
  let tries = 0
  const backoff: Backoff = {
    next() {
      const ceiling = Math.min(typeof cap === 'function' ? cap() : cap, base * 2 ** Math.min(tries, 40))
      tries += 1
      return random() * ceiling
    },
    reset() {
      tries = 0
    },
    async wait(signal) {
      signal.throwIfAborted()
      await sleep(backoff.next(), undefined, { signal }).catch(() => signal.throwIfAborted())
    },
  }
  return backoff
}
