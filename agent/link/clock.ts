/*
 * INVARIANTS
 * 1. Once the fleet was heard, time comes from it alone: the machine's wall clock may be wrong by years.
 * 2. The clock goes back for one word alone: the fleet's signed answer to a nonce of this terminal, after which it is
 *    surely more than a minute ahead, as after an hour in which the fleet's own clock was wrong. An old answer has another
 *    nonce, one that was held up cannot be later than its way took, and what is stamped on a message only moves it
 *    forward. Whose time comes a second time is no new command: the journal knows its id, or until when it has forgotten.
 * 3. Between two words of the fleet it runs on the monotonic clock, which nobody can set.
 * 4. Before that it is never behind a time that is known to be past: a dead battery sends no terminal back to 1970.
 */

/** The fleet's clock as this terminal knows it, in milliseconds since 1970. */
export interface Clock {
  now(): number
  /** Whether the fleet was heard; before that `now()` is the machine's own clock. */
  readonly heard: boolean
  /** Whether dates can be judged by it: it was heard, or the machine's own clock is at least possible. */
  readonly trusted: boolean
  /** The fleet stamped this on a message: it is at least so late. */
  saw(stamp: number): void
  /** The fleet answered `stamp` to a question; `sentAt` and `receivedAt` are times of `monotonic`. */
  answered(stamp: number, sentAt: number, receivedAt: number): void
  /** This time is past, whatever the machine says. */
  notBefore(time: number): void
  /** What ought to be valid now is not by this clock: it is not trusted until the fleet has answered. */
  doubt(): void
  /** Milliseconds that only grow, for measuring. */
  readonly monotonic: () => number
}

/** Being ahead by less is cured by standing still, so that time seldom goes back; the rest would be hours of `expired`. */
const aheadMs = 60_000

/** The machine's own clocks, in milliseconds. */
export interface MachineClocks {
  readonly wall?: () => number
  readonly monotonic?: () => number
}

/** A fleet clock over the machine's own ones. */
export const createClock = (machine: MachineClocks = {}): Clock => {
  const { wall = Date.now, monotonic = () => performance.now() } = machine
  let offset: number | undefined
  let floor = 0
  let doubted = false
  /** The latest time that is known to be past, and when that was learnt. */
  const past = { time: 0, at: monotonic() }
  const earliest = () => Math.trunc(past.time + monotonic() - past.at)

  const clock: Clock = {
    now() {
      if (offset === undefined) return Math.max(Math.trunc(wall()), earliest())
      floor = Math.max(floor, Math.trunc(monotonic() + offset))
      return floor
    },
    get heard() {
      return offset !== undefined
    },
    get trusted() {
      return !doubted && (offset !== undefined || wall() >= past.time)
    },
    saw(stamp) {
      const least = stamp - monotonic()
      if (offset === undefined || least > offset) offset = least
    },
    answered(stamp, sentAt, receivedAt) {
      // The answer was made somewhere between question and arrival: half way is the best guess.
      offset = stamp + (receivedAt - sentAt) / 2 - receivedAt
      const latest = stamp + receivedAt - sentAt
      floor = floor > latest + aheadMs ? stamp : Math.max(floor, stamp)
      doubted = false
    },
    notBefore(time) {
      if (time <= earliest()) return
      past.time = time
      past.at = monotonic()
    },
    doubt() {
      doubted = true
    },
    monotonic,
  }
  return clock
}
