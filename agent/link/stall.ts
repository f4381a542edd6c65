/** A shorter one does not lose a line that is pinged every 20 s. */
const noticedMs = 10_000
const everyMs = 1000

/** How long this program itself stood still: stopped or starved, not cut off. By the monotonic clock. */
export interface Stall {
  start(): void
  stop(): void
  /** The longest stall since the last time it was asked, in whole milliseconds; `undefined` when there was none. */
  take(): number | undefined
}

/** Watches for the time that a timer comes too late. */
export const createStall = (monotonic: () => number = () => performance.now()): Stall => {
  let timer: NodeJS.Timeout | undefined
  let last = monotonic()
  let longest = 0
  const look = () => {
    const now = monotonic()
    longest = Math.max(longest, now - last - everyMs)
    last = now
  }
  return {
    start() {
      last = monotonic()
      timer = setInterval(look, everyMs).unref()
    },
    stop() {
      clearInterval(timer)
    },
    take() {
      look()
      const stalled = Math.round(longest)
      longest = 0
      return stalled >= noticedMs ? stalled : undefined
    },
  }
}
