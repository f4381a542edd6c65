/** How often something may happen: `perSecond` in the long run, `burst` at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

interface Bucket {
  tokens: number
  at: number
}

const maxKeys = 20_000

/**
 * A token bucket for each key. Keys come from outside, so at most 20,000 are kept: one that is pushed out begins anew.
 * `now` is a monotonic clock in milliseconds.
 */
export class RateLimit {
  readonly #rate: Rate
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()

  constructor(rate: Rate, now: () => number = () => performance.now()) {
    this.#rate = rate
    this.#now = now
  }

  /** Takes one; gives the milliseconds to wait until it would have been there, 0 when it was. */
  take(key: string): number {
    const bucket = this.#fill(key)
    const wait = this.#shortage(bucket)
    this.#buckets.delete(key)
    this.#buckets.set(key, { ...bucket, tokens: wait === 0 ? bucket.tokens - 1 : bucket.tokens })
    const oldest = this.#buckets.size > maxKeys ? this.#buckets.keys().next().value : undefined
    if (oldest !== undefined) this.#buckets.delete(oldest)
    return wait
  }

  /** The milliseconds until one could be taken, 0 when it is there. Takes nothing. */
  wait(key: string): number {
    return this.#shortage(this.#fill(key))
  }

  #fill(key: string): Bucket {
    const at = this.#now()
    const { perSecond, burst } = this.#rate
    const known = this.#buckets.get(key) ?? { tokens: burst, at }
    return { tokens: Math.min(burst, known.tokens + ((at - known.at) / 1000) * perSecond), at }
  }

  #shortage({ tokens }: Bucket): number {
    return tokens >= 1 ? 0 : ((1 - tokens) / this.#rate.perSecond) * 1000
  }
}
