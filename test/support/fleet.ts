import { pino } from 'pino'
import type { Broker, Message } from '../../fleet/broker/broker.ts'
import type { Clock } from '../../fleet/clock.ts'
import type { CommandReport } from '../../protocol/messages.ts'

/** A clock that stands still until it is told to go. */
export class StoppedClock implements Clock {
  #now: number
  readonly #timers = new Set<{ next: number; readonly every: number; readonly act: () => void }>()

  constructor(now = 1_700_000_000_000) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  every(milliseconds: number, act: () => void): () => void {
    const timer = { next: this.#now + milliseconds, every: milliseconds, act }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Lets time pass; timers fire at their times, and what they begin is given a chance to end in between. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds
    for (;;) {
      const next = Math.min(...[...this.#timers].map((timer) => timer.next))
      if (next > end) break
      this.#now = next
      for (const timer of [...this.#timers].filter((due) => due.next <= next)) {
        timer.next += timer.every
        timer.act()
      }
      await settled()
    }
    this.#now = end
    await settled()
  }
}

/** Resolves when work that waits for nothing outside this process is done. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** A broker whose terminals come and go as the test says; it keeps what was published to those that were there. */
export class PretendBroker implements Broker {
  readonly there = new Set<string>()
  readonly published: { topic: string; body: Record<string, unknown> }[] = []
  readonly ended: string[] = []

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  async publish(message: Message): Promise<void> {
    this.published.push({
      topic: message.topic,
      body: JSON.parse(Buffer.from(message.payload).toString()) as Record<string, unknown>,
    })
  }

  disconnect(device: string): void {
    this.ended.push(device)
    this.there.delete(device)
  }

  connected(): ReadonlySet<string> {
    return this.there
  }
}

/** A log that nobody reads. */
export const silent = pino({ level: 'silent' })

/** A report as a terminal sends it. */
export const reportOf = (
  id: string,
  state: CommandReport['state'],
  more: Partial<CommandReport> = {},
): CommandReport => ({ v: 1, ts: 0, boot: 'b', run: 'r', seq: 0, id, state, ...more })
