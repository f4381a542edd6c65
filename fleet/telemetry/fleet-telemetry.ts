import type { Logger } from 'pino'
import type { TelemetryMessage } from '../../protocol/messages.ts'
import type { Rate } from '../broker/rate-limit.ts'
import type { Clock } from '../clock.ts'
import { GrowingBatch, type Samples } from './batch.ts'
import { Intake } from './intake.ts'
import { Newest } from './newest.ts'
import { unpackPoints } from './points.ts'
import type { TelemetryStore } from './requests.ts'
import type { Point, SeriesQuery, Telemetry } from './telemetry.ts'
import { TelemetryThread } from './thread.ts'

export interface TelemetryParts {
  readonly store: TelemetryStore
  readonly clock: Clock
  readonly log: Logger
  /** The program of their thread, in a bundle. */
  readonly thread?: URL | undefined
  /** Samples of one terminal. */
  readonly rate?: Rate
}

/** How long samples gather before they are written together: what a killed process may lose of live ones. */
const gatherMs = 100

/** The most samples on their way to the store; each is about 120 bytes. */
const mostOnTheirWay = 50_000

/** How often the past is summed up and forgotten, and how often it is told what was dropped. */
const tendEveryMs = 300_000
const tellEveryMs = 60_000

type Onlooker = Parameters<Telemetry['watch']>[0]

/** The vitals of all terminals: the newest in memory, the past with a thread of its own. */
export class FleetTelemetry implements Telemetry {
  readonly #thread: TelemetryThread
  readonly #intake: Intake
  readonly #clock: Clock
  readonly #log: Logger
  readonly #newest = new Newest()
  readonly #onlookers = new Set<Onlooker>()
  #gathering: { readonly batch: GrowingBatch; readonly kept: Promise<void> } | undefined
  #onTheirWay = 0
  #tending = Promise.resolve()
  #dropped = { misdated: 0, tooMany: 0, unkept: 0 }
  #stops: (() => void)[] = []

  constructor({ store, clock, log, thread, rate }: TelemetryParts) {
    this.#thread = new TelemetryThread(store, log, thread)
    this.#intake = new Intake(rate)
    this.#clock = clock
    this.#log = log
  }

  /** Resolves when the newest values of before are known. A store that fails now may be there later. */
  async start(): Promise<void> {
    try {
      this.#newest.load(await this.#thread.ask('newest', null))
    } catch (error) {
      this.#log.error({ err: error }, 'the vitals of before could not be read')
    }
    this.#stops = [
      this.#clock.every(tendEveryMs, () => void this.tend()),
      this.#clock.every(tellEveryMs, () => this.#tellDropped()),
    ]
  }

  async stop(): Promise<void> {
    for (const end of this.#stops.splice(0)) end()
    await this.#gathering?.kept.catch(() => undefined)
    await this.#tending
    await this.#thread.stop()
    this.#tellDropped()
  }

  async keep(terminal: string, message: TelemetryMessage): Promise<void> {
    const { good, misdated, tooMany } = this.#intake.examine(terminal, message, this.#clock.now())
    this.#dropped.misdated += misdated
    this.#dropped.tooMany += tooMany
    if (good.ats.length === 0) return
    try {
      await this.#store(terminal, good)
    } catch (error) {
      this.#dropped.unkept += good.ats.length
      throw error
    }
    this.#newest.take(terminal, good)
    for (const onlooker of this.#onlookers) onlooker(terminal)
  }

  latest(terminal: string): ReturnType<Telemetry['latest']> {
    return this.#newest.of(terminal)
  }

  async series(query: SeriesQuery): Promise<readonly Point[]> {
    return unpackPoints(await this.#thread.ask('series', { query, now: this.#clock.now() }))
  }

  watch(onlooker: Onlooker): () => void {
    this.#onlookers.add(onlooker)
    return () => this.#onlookers.delete(onlooker)
  }

  /** Sums up what is over and forgets what is too old; resolves when it is done. */
  tend(): Promise<void> {
    this.#tending = this.#tending
      .then(() => this.#thread.ask('tend', { now: this.#clock.now() }))
      .catch((error: unknown) => this.#log.error({ err: error }, 'the vitals could not be summed up'))
    return this.#tending
  }

  /** Resolves when the samples are in the store, together with what came within the same moment. */
  #store(terminal: string, samples: Samples): Promise<void> {
    if (this.#onTheirWay + samples.ats.length > mostOnTheirWay)
      return Promise.reject(new Error('Too many vitals wait for the store'))
    this.#onTheirWay += samples.ats.length
    this.#gathering ??= this.#gather()
    const { batch, kept } = this.#gathering
    batch.add(terminal, samples)
    return kept
  }

  #gather(): { readonly batch: GrowingBatch; readonly kept: Promise<void> } {
    const batch = new GrowingBatch()
    const send = async () => {
      this.#gathering = undefined
      try {
        await this.#thread.ask('keep', batch.done())
      } finally {
        this.#onTheirWay -= batch.size
      }
    }
    const kept = new Promise<void>((resolve, reject) => {
      setTimeout(() => send().then(resolve, reject), gatherMs)
    })
    return { batch, kept }
  }

  #tellDropped(): void {
    const { misdated, tooMany, unkept } = this.#dropped
    if (misdated + tooMany + unkept === 0) return
    this.#log.warn({ misdated, tooMany, unkept }, 'vitals were dropped')
    this.#dropped = { misdated: 0, tooMany: 0, unkept: 0 }
  }
}
