import { ProblemError } from '../../problem.ts'
import type { Database } from '../../store/database.ts'
import type { Errand } from '../notice.ts'
import type { Outbox } from '../outbox.ts'
import type { IncidentRecord } from './incident.ts'
import { type IncidentQuery, IncidentStore } from './incident-store.ts'

/** What ended by itself may come back for so long, in milliseconds. */
const returnMs = 86_400_000

/** What was taken from the book to be written. */
export interface TakenIncidents {
  write(transaction: Database): Promise<void>
  /** It is written: those who watch hear of it. */
  announce(): void
  /** It could not be written, and is among what is taken next. */
  putBack(): void
}

/**
 * The incidents of now, and what is to be told of them.
 *
 * INVARIANT: nobody hears of what is not written.
 */
export class IncidentBook {
  readonly #store: IncidentStore
  readonly #outbox: Pick<Outbox, 'add'>
  readonly #posted: () => void
  readonly #onlookers = new Set<(incident: IncidentRecord) => void>()
  readonly #incidents = new Map<string, IncidentRecord>()
  #dirty = new Set<string>()
  #errands: Errand[] = []

  /** `posted` is called when letters may be waiting. */
  constructor(database: Database, outbox: Pick<Outbox, 'add'>, posted: () => void) {
    this.#store = new IncidentStore(database)
    this.#outbox = outbox
    this.#posted = posted
  }

  async start(now: number): Promise<void> {
    for (const incident of await this.#store.current(now - returnMs)) {
      this.#incidents.set(incident.id, incident)
    }
  }

  /** Calls back with every incident that is new or changed, until the returned function is called. */
  watch(onlooker: (incident: IncidentRecord) => void): () => void {
    this.#onlookers.add(onlooker)
    return () => this.#onlookers.delete(onlooker)
  }

  /** Incidents that touch a range, the newest first. */
  list(query: IncidentQuery): Promise<IncidentRecord[]> {
    return this.#store.list(query)
  }

  /** One incident as it is written. Throws `not-found`. */
  async get(id: string): Promise<IncidentRecord> {
    const found = await this.#store.get(id)
    if (!found) throw new ProblemError('not-found', 'There is no such incident')
    return found
  }

  /** One incident as it is now, written or not. Throws `not-found`. */
  async now(id: string): Promise<IncidentRecord> {
    const stored = await this.get(id)
    return this.#incidents.get(stored.id) ?? stored
  }

  /** Those of now, with those that may still come back. */
  all(): Iterable<IncidentRecord> {
    return this.#incidents.values()
  }

  /** Those that are not resolved. */
  unresolved(): IncidentRecord[] {
    return [...this.all()].filter(({ state, mergedInto }) => state !== 'resolved' && mergedInto === undefined)
  }

  /** Takes in an incident as it is from now on, and what is to be told of it. */
  keep(incident: IncidentRecord, errand: Errand | undefined): void {
    this.#incidents.set(incident.id, incident)
    this.#dirty.add(incident.id)
    if (errand) this.#errands.push(errand)
  }

  /** Whether anything waits to be written. */
  get isDirty(): boolean {
    return this.#dirty.size > 0 || this.#errands.length > 0
  }

  /** Takes what waits to be written. */
  take(): TakenIncidents {
    const ids = this.#dirty
    const errands = this.#errands
    const incidents = [...ids].flatMap((id) => this.#incidents.get(id) ?? [])
    this.#dirty = new Set()
    this.#errands = []
    return {
      write: async (transaction) => {
        for (const incident of incidents) await this.#store.save(transaction, incident)
        for (const errand of errands) await this.#outbox.add(transaction, errand)
      },
      announce: () => {
        if (errands.length > 0) this.#posted()
        for (const incident of incidents) for (const onlooker of this.#onlookers) onlooker(incident)
      },
      putBack: () => {
        this.#dirty = new Set([...ids, ...this.#dirty])
        this.#errands = [...errands, ...this.#errands]
      },
    }
  }

  /** Forgets those that can no longer come back, and rows that are too old. */
  async forget(now: number): Promise<void> {
    for (const { id, resolvedAt = now } of this.all()) {
      if (now - resolvedAt > returnMs && !this.#dirty.has(id)) this.#incidents.delete(id)
    }
    await this.#store.forget(now)
  }
}
