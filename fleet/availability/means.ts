import type { Span } from '../../protocol/local-time.ts'
import type { Availability } from '../api/health-schemas.ts'
import { presence } from './count.ts'
import type { ShopHours } from './hours.ts'
import { type Outage, openMsOf } from './outages.ts'

/** Mean times in seconds, and a share of 1; what there was nothing to count of is not there. */
export type Means = Pick<Availability, 'detectSeconds' | 'repairSeconds' | 'remoteFixShare'>

/** Values are only added up: of a month of all terminals there are very many. */
class Mean {
  #sum = 0
  #count = 0

  add(value: number): void {
    this.#sum += value
    this.#count++
  }

  get value(): number | undefined {
    return this.#count === 0 ? undefined : this.#sum / this.#count
  }
}

/**
 * How soon faults are noticed and mended. Those outages count that began in the range, took a part of shop hours that
 * nobody had announced, and were not planned. To repair is the whole time from begin to end, of those that are over.
 */
export class MeanTimes {
  readonly #range: Span
  readonly #capability: string | undefined
  readonly #now: number
  readonly #detected = new Mean()
  readonly #repaired = new Mean()
  readonly #remote = new Mean()

  /** Of one capability, of absence alone (`presence`), or of everything (`all`, `undefined`). */
  constructor(range: Span, capability: string | undefined, now: number) {
    this.#range = range
    this.#capability = capability === 'all' ? undefined : capability
    this.#now = now
  }

  add(outages: readonly Outage[], hours: ShopHours): void {
    for (const outage of outages) {
      const { capability, from, until, reason, detectMs, fixedRemotely = false } = outage
      if (this.#capability !== undefined && capability !== this.#capability && capability !== presence)
        continue
      if (from < this.#range.from || reason === 'planned') continue
      if (openMsOf(outage, hours, this.#now) === 0) continue
      if (detectMs !== undefined) this.#detected.add(detectMs / 1000)
      if (until === undefined) continue
      this.#repaired.add((until - from) / 1000)
      this.#remote.add(fixedRemotely ? 1 : 0)
    }
  }

  means(): Means {
    const detectSeconds = this.#detected.value
    const repairSeconds = this.#repaired.value
    const remoteFixShare = this.#remote.value
    return {
      ...(detectSeconds === undefined ? {} : { detectSeconds }),
      ...(repairSeconds === undefined ? {} : { repairSeconds }),
      ...(remoteFixShare === undefined ? {} : { remoteFixShare }),
    }
  }
}
