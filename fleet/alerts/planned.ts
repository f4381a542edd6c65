import type { Clock } from '../clock.ts'
import type { History, PresenceInterval } from '../terminals/history.ts'

/** The terminals that are away as they said they would be, by when that began. */
export class PlannedStops {
  readonly #history: Pick<History, 'presence' | 'watch'>
  readonly #clock: Pick<Clock, 'now'>
  readonly #since = new Map<string, number>()
  #stopWatching = () => {}

  constructor(history: Pick<History, 'presence' | 'watch'>, clock: Pick<Clock, 'now'>) {
    this.#history = history
    this.#clock = clock
  }

  async start(terminals: readonly string[]): Promise<void> {
    this.#stopWatching = this.#history.watch((interval) => this.#take(interval))
    const now = this.#clock.now()
    for (const terminal of terminals) {
      const last = (await this.#history.presence(terminal, now, now + 1)).at(-1)
      if (last) this.#take(last)
    }
  }

  stop(): void {
    this.#stopWatching()
  }

  /** When the present planned absence began. */
  since(terminal: string): number | undefined {
    return this.#since.get(terminal)
  }

  #take({ terminal, from, until, reason }: PresenceInterval): void {
    if (until === undefined && reason === 'planned') this.#since.set(terminal, from)
    else if (until === undefined || this.#since.get(terminal) === from) this.#since.delete(terminal)
  }
}
