/*
 * INVARIANTS
 * 1. Once the fleet was heard, time comes from it alone: the machine's wall clock may be wrong by years.
 * 2. The clock never goes back and is never behind a time that the fleet has stamped on a message.
 * 3. Between two words of the fleet it runs on the monotonic clock, which nobody can set.
 */

/** The fleet's clock as this terminal knows it, in milliseconds since 1970. */
export interface Clock {
  now(): number
  /** Whether the fleet was heard; before that `now()` is the machine's own clock. */
  readonly heard: boolean
  /** The fleet stamped this on a message: it is at least so late. */
  saw(stamp: number): void
  /** The fleet answered `stamp` to a question; `sentAt` and `receivedAt` are times of `monotonic`. */
  answered(stamp: number, sentAt: number, receivedAt: number): void
  /** Milliseconds that only grow, for measuring. */
  readonly monotonic: () => number
}

/** A fleet clock; `wall` and `monotonic` are the machine's own clocks in milliseconds. */
export const createClock = (
  machine: { readonly wall?: () => number; readonly monotonic?: () => number } = {},
): Clock => {
  const { wall = Date.now, monotonic = () => performance.now() } = machine
  let offset: number | undefined
  let floor = 0

  const clock: Clock = {
    now() {
      if (offset === undefined) return Math.trunc(wall())
      floor = Math.max(floor, Math.trunc(monotonic() + offset))
      return floor
    },
    get heard() {
      return offset !== undefined
    },
    saw(stamp) {
      const least = stamp - monotonic()
      if (offset === undefined || least > offset) offset = least
    },
    answered(stamp, sentAt, receivedAt) {
      // The answer was made somewhere between question and arrival: half way is the best guess.
      offset = stamp + (receivedAt - sentAt) / 2 - receivedAt
      floor = Math.max(floor, stamp)
    },
    monotonic,
  }
  return clock
}
