import { configurationFaults, type SettingFault } from '../../protocol/configuration-check.ts'
import type { JsonObject } from '../../protocol/layers.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import { compose, type Place } from './compose.ts'
import type { DesiredDelivery } from './delivery.ts'
import { type Change, differences } from './difference.ts'
import { type ConfigurationDocument, DocumentStore } from './documents.ts'
import { type DriftReason, driftOf, isAhead } from './drift.ts'
import type { LayerVersion } from './layers.ts'
import { type Reported, ReportStore, type Standing } from './reports.ts'

/** Which configuration a terminal should have, and which one it has. */
export interface ConfigurationState {
  readonly terminal: string
  readonly village: string
  readonly group?: string
  readonly version: number
  readonly hash: string
  readonly at: number
  readonly reported?: Reported
  readonly drift?: { readonly since: number; readonly reason: DriftReason }
}

/** The last version by which a terminal is caught up with: none can drive the numbers to their end. */
const highestVersion = 2 ** 40

/** A configuration that does not fit, with what is wrong at which path. */
export const misfit = (errors: readonly SettingFault[]): ProblemError =>
  new ProblemError('invalid', 'The configuration does not fit', { errors })

/**
 * The document of each terminal and what the terminal says of it.
 *
 * INVARIANTS: a document is in the store before it is on the wire; its version grows by one with each change and never
 * stands for another content. Callers see to it that acts come one after another.
 */
export class Desired {
  readonly #database: Database
  readonly #deliver: DesiredDelivery
  readonly #now: () => number
  readonly #documentStore: DocumentStore
  readonly #reportStore: ReportStore
  readonly #onlookers = new Set<(state: ConfigurationState) => void>()
  readonly #documents = new Map<string, ConfigurationDocument>()
  readonly #places = new Map<string, Place>()
  #standings = new Map<string, Standing>()

  constructor(database: Database, deliver: DesiredDelivery, now: () => number) {
    this.#database = database
    this.#deliver = deliver
    this.#now = now
    this.#documentStore = new DocumentStore(database)
    this.#reportStore = new ReportStore(database)
  }

  async load(): Promise<void> {
    for (const document of await this.#documentStore.newest()) {
      this.#documents.set(document.terminal, document)
    }
    this.#standings = await this.#reportStore.all()
  }

  /** The documents that differ from what these terminals should have now. Throws `invalid` when one does not fit. */
  composed(layers: ReadonlyMap<string, LayerVersion>, places: readonly Place[]): ConfigurationDocument[] {
    return places.flatMap((place) => {
      const made = compose(layers, place)
      const before = this.#documents.get(place.terminal)
      if (before?.hash === made.hash) return []
      const faults = configurationFaults(made.content)
      if (faults.length > 0) throw misfit(faults)
      const version = (before?.version ?? 0) + 1
      return [{ terminal: place.terminal, version, ...made, at: this.#now() }]
    })
  }

  /** What a document would change at its terminal. */
  changesBy({ terminal, content }: ConfigurationDocument): { terminal: string; changes: Change[] } {
    const before = (this.#documents.get(terminal)?.content ?? {}) as unknown as JsonObject
    return { terminal, changes: differences(before, content as unknown as JsonObject) }
  }

  /** Writes documents, and what belongs to them, at once; then they are on the wire and told to all. */
  async keep(
    documents: readonly ConfigurationDocument[],
    places: readonly Place[],
    also: (transaction: Database) => Promise<void> = async () => {},
  ): Promise<void> {
    const standings = documents.map((document) => [document, this.#stand(document)] as const)
    await this.#database.transaction().execute(async (transaction) => {
      await also(transaction)
      for (const [document, standing] of standings) {
        await this.#documentStore.add(transaction, document)
        await this.#reportStore.save(transaction, document.terminal, standing)
      }
    })
    for (const place of places) this.#places.set(place.terminal, place)
    for (const [document, standing] of standings) {
      this.#documents.set(document.terminal, document)
      this.#standings.set(document.terminal, standing)
      this.#deliver(document)
      this.#tell(document.terminal)
    }
  }

  /** Puts every document on the wire again. */
  republish(): void {
    for (const document of this.#documents.values()) this.#deliver(document)
  }

  /** How a terminal refuses what it should have; `undefined` when it does not, or has said so before. */
  refusal(terminal: string, said: Omit<Reported, 'at'>): 'rejected' | 'rolledback' | undefined {
    const document = this.#documents.get(terminal)
    if (!document) return undefined
    const reason = driftOf(document, said)
    if (reason !== 'rejected' && reason !== 'rolledback') return undefined
    return reason === driftOf(document, this.#standings.get(terminal)?.reported) ? undefined : reason
  }

  /**
   * Takes in what a terminal says that it has. One that has seen a document which the fleet does not know, as after the
   * store was brought back from a copy, would take no older number: the same content goes out under a higher one.
   */
  async reported(terminal: string, said: Omit<Reported, 'at'>): Promise<'kept' | 'overtaken'> {
    const document = this.#documents.get(terminal)
    if (!document) return 'kept'
    const reported: Reported = { ...said, at: this.#now() }
    const standing = this.#stand(document, reported)
    await this.#reportStore.save(this.#database, terminal, standing)
    this.#standings.set(terminal, standing)
    this.#tell(terminal)
    const seen = Math.max(reported.version, reported.newest?.version ?? 0)
    if (!isAhead(document, reported) || seen >= highestVersion) return 'kept'
    await this.keep([{ ...document, version: seen + 1, at: this.#now() }], [])
    return 'overtaken'
  }

  state(terminal: string): ConfigurationState | undefined {
    const document = this.#documents.get(terminal)
    const place = this.#places.get(terminal)
    if (!document || !place) return undefined
    const { version, hash, at } = document
    const { reported, driftSince: since } = this.#standings.get(terminal) ?? {}
    const reason = driftOf(document, reported)
    return {
      ...place,
      ...{ version, hash, at },
      ...(reported ? { reported } : {}),
      ...(reason && since !== undefined ? { drift: { since, reason } } : {}),
    }
  }

  document(terminal: string): ConfigurationDocument | undefined {
    return this.#documents.get(terminal)
  }

  /** The place for which a terminal's document was composed. */
  place(terminal: string): Place | undefined {
    return this.#places.get(terminal)
  }

  /** The documents that a terminal should have had, the newest first. */
  history(terminal: string): Promise<ConfigurationDocument[]> {
    return this.#documentStore.history(terminal)
  }

  /** Looks at every change until the returned function is called. */
  watch(onlooker: (state: ConfigurationState) => void): () => void {
    this.#onlookers.add(onlooker)
    return () => this.#onlookers.delete(onlooker)
  }

  /** Where a terminal stands with this document, by what it last said. */
  #stand(document: ConfigurationDocument, said?: Reported): Standing {
    const before = this.#standings.get(document.terminal)
    const reported = said ?? before?.reported
    const drifts = driftOf(document, reported) !== undefined
    return {
      ...(reported ? { reported } : {}),
      ...(drifts ? { driftSince: before?.driftSince ?? this.#now() } : {}),
    }
  }

  #tell(terminal: string): void {
    const state = this.state(terminal)
    if (state) for (const onlooker of this.#onlookers) onlooker(state)
  }
}
