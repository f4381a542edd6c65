import type { Logger } from 'pino'
import { uuidv7 } from '../../protocol/uuid.ts'
import { RateLimit } from '../broker/rate-limit.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import { ChannelError } from './channels/address.ts'
import type { Channels, KeptChannel } from './channels/channels.ts'
import { createMail } from './channels/mail.ts'
import type { Message, Send } from './channels/message.ts'
import { createWebhook } from './channels/webhook.ts'
import type { Notice } from './notice.ts'
import type { Letter, Outbox } from './outbox.ts'

export interface DeliveryParts {
  readonly channels: Channels
  readonly outbox: Outbox
  readonly clock: Clock
  readonly log: Logger
  /**
   * Told after every try whether the channel fails. INVARIANT: also that it works is said every time, since the
   * incident about it outlives this process, and what is remembered here does not.
   */
  readonly health: (channel: string, failing: boolean, text?: string) => void
  /** Trusted by mail in place of the machine's own authorities, PEM. */
  readonly ca?: string
}

/** How it goes with a channel. */
export interface ChannelHealth {
  readonly deliveredAt?: number
  /** Since when nothing gets through, and why. */
  readonly failingSince?: number
  readonly failure?: string
}

/** In the long run one message a minute; more than that comes as a digest. */
const rate = { perSecond: 1 / 60, burst: 6 }
/** So many at once are one message. */
const digestFrom = 4
const firstRetryMs = 15_000
const longestRetryMs = 10 * 60_000
/** What could not be told in a day is in the list of incidents. */
const givenUpAfterMs = 86_400_000

/**
 * Brings letters to their channels. No channel waits for another one; in each what was tried goes before what was not,
 * the oldest first, and what waits for its next try holds up only what follows it about the same incident.
 */
export class Delivery {
  readonly #parts: DeliveryParts
  readonly #limit: RateLimit
  readonly #running = new Map<string, Promise<void>>()
  readonly #health = new Map<string, ChannelHealth>()
  readonly #onlookers = new Set<(notice: Notice) => void>()
  #stopTicking = () => {}
  #looking: Promise<void> | undefined
  #isStopping = false

  constructor(parts: DeliveryParts) {
    this.#parts = parts
    this.#limit = new RateLimit(rate, () => parts.clock.now())
  }

  start(): void {
    this.#isStopping = false
    this.#stopTicking = this.#parts.clock.every(1000, () => this.look())
    this.look()
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    this.#stopTicking()
    await this.idle()
  }

  /** Resolves when nothing is going out. */
  async idle(): Promise<void> {
    await this.#looking
    await Promise.all(this.#running.values())
  }

  /** Looks for letters that are due. */
  look(): void {
    if (this.#isStopping || this.#looking) return
    this.#looking = this.#look()
      .catch((error: unknown) => this.#parts.log.error({ err: error }, 'alerts could not be delivered'))
      .finally(() => {
        this.#looking = undefined
      })
  }

  /** Calls back with what pages are to show, until the returned function is called. */
  watch(onlooker: (notice: Notice) => void): () => void {
    this.#onlookers.add(onlooker)
    return () => this.#onlookers.delete(onlooker)
  }

  healthOf(channel: string): ChannelHealth {
    return this.#health.get(channel) ?? {}
  }

  /** Forgets what went wrong before a channel was set up anew or taken away. */
  forget(channel: string): void {
    this.#parts.health(channel, false)
    this.#health.delete(channel)
  }

  /** Sends a test; resolves with what went wrong, if anything. Throws `not-found`. */
  async test(name: string): Promise<string | undefined> {
    const kept = this.#parts.channels.get(name)
    if (!kept) throw new ProblemError('not-found', 'There is no such channel')
    try {
      await this.#sender(kept)({ id: uuidv7(this.#parts.clock.now()), notices: [], test: true })
      return undefined
    } catch (error) {
      if (error instanceof ChannelError) return error.message
      throw error
    }
  }

  async #look(): Promise<void> {
    for (const channel of await this.#parts.outbox.waiting()) {
      if (this.#running.has(channel) || this.#isStopping) continue
      const run = this.#deliver(channel)
        .catch((error: unknown) => this.#parts.log.error({ err: error, channel }, 'a channel was not served'))
        .finally(() => this.#running.delete(channel))
      this.#running.set(channel, run)
    }
  }

  async #deliver(name: string): Promise<void> {
    const kept = this.#parts.channels.get(name)
    // One that nobody has set up has nothing to miss.
    if (!kept) return this.#parts.outbox.drop(name)
    while (!this.#isStopping) {
      const due = await this.#parts.outbox.due(name)
      const [first] = due
      if (!first) return
      if (kept.channel.kind !== 'browser' && this.#limit.take(name) > 0) return
      const isOne =
        kept.channel.kind === 'browser' || (first.message === undefined && due.length < digestFrom)
      if (!(await this.#send(kept, isOne ? [first] : due))) return
    }
  }

  async #send(kept: KeptChannel, letters: readonly Letter[]): Promise<boolean> {
    const { outbox, clock } = this.#parts
    const { name } = kept.channel
    const id = letters[0]?.message ?? uuidv7(clock.now())
    const going = await outbox.begin(letters, id)
    try {
      if (going.length === 0) return true
      await this.#sender(kept)({ id, notices: going.map(({ notice }) => notice) })
      await outbox.end(going, 'delivered')
      this.#delivered(name)
      return true
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error
      await outbox.end(going, this.#afterFailure(going))
      this.#failed(name, error.message)
      return false
    }
  }

  #afterFailure(letters: readonly Letter[]): 'given-up' | { readonly again: number } {
    const now = this.#parts.clock.now()
    if (letters.every(({ createdAt }) => now - createdAt > givenUpAfterMs)) return 'given-up'
    const tries = Math.max(...letters.map((letter) => letter.tries))
    return { again: now + Math.min(longestRetryMs, firstRetryMs * 2 ** tries) }
  }

  #sender(kept: KeptChannel): Send {
    const { channel } = kept
    const { channels, clock, ca } = this.#parts
    if (channel.kind === 'email') return createMail(channel, channels.secretOf(kept), ca)
    if (channel.kind === 'webhook') return createWebhook(channel, channels.secretOf(kept), clock)
    return async (message: Message) => {
      for (const notice of message.notices) for (const onlooker of this.#onlookers) onlooker(notice)
    }
  }

  #delivered(name: string): void {
    this.#health.set(name, { deliveredAt: this.#parts.clock.now() })
    this.#parts.health(name, false)
  }

  #failed(name: string, failure: string): void {
    const { clock, log, health } = this.#parts
    const { failingSince = clock.now(), ...before } = this.healthOf(name)
    this.#health.set(name, { ...before, failingSince, failure })
    log.warn({ channel: name, failure }, 'an alert did not get through')
    health(name, true, failure)
  }
}
