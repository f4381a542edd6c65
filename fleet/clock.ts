/** Time as the fleet sees it, so that tests can let hours pass at once. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00Z. */
  now(): number
  /** Calls `act` again and again; the returned function ends it. Does not keep the process alive. */
  every(milliseconds: number, act: () => void): () => void
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  every: (milliseconds, act) => {
    const timer = setInterval(act, milliseconds).unref()
    return () => clearInterval(timer)
  },
}
