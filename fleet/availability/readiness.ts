import type { Logger } from 'pino'
import { dayMs } from '../../protocol/local-time.ts'
import type { Clock } from '../clock.ts'
import type { FleetAvailability } from './fleet-availability.ts'
import { createPause } from './pause.ts'
import type { Place } from './rows.ts'

export interface ReadinessParts {
  readonly availability: Pick<FleetAvailability, 'course'>
  readonly morning: (places: readonly Place[]) => Promise<unknown>
  /** All terminals, where they stand. */
  readonly places: () => readonly Place[]
  readonly clock: Clock
  readonly log: Logger
}

/** How often it is looked whether anything has to be counted, in milliseconds; most times nothing has. */
const everyMs = 10_000
/** What is asked for most. */
const usualMs = 30 * dayMs

/**
 * Counts ahead what people will ask for, a little at a time: first what the morning tells, then the last 30 days. A
 * question that comes before waits only for the days that it is about.
 */
export class Readiness {
  readonly #parts: ReadinessParts
  #stopWatching = () => {}
  #running: Promise<void> | undefined
  #isOver = false

  constructor(parts: ReadinessParts) {
    this.#parts = parts
  }

  start(): void {
    const { clock, log } = this.#parts
    this.#isOver = false
    this.#stopWatching = clock.every(everyMs, () => {
      this.#running ??= this.#prepare()
        .catch((error: unknown) => log.error({ err: error }, 'availability could not be counted ahead'))
        .finally(() => {
          this.#running = undefined
        })
    })
  }

  async stop(): Promise<void> {
    this.#isOver = true
    this.#stopWatching()
    await this.#running
  }

  async #prepare(): Promise<void> {
    const { availability, morning, places, clock } = this.#parts
    const pause = createPause(4)
    const now = clock.now()
    const all = places()
    await morning(all)
    for (const place of all) {
      if (this.#isOver) return
      await availability.course(place, { from: now - usualMs, until: now })
      await pause()
    }
  }
}
