import { type Configuration, defaultConfiguration } from '../../protocol/configuration.ts'
import type { Span } from '../../protocol/local-time.ts'
import { type OpeningHours, openSpans } from '../../protocol/opening-hours.ts'
import { type Spans, union } from './spans.ts'

/** A configuration that a terminal should have had from a time on. */
export interface HoursDocument {
  readonly version: number
  readonly at: number
  readonly content: Pick<Configuration, 'openingHours'>
}

/** The configurations of terminals as far as their hours come from them. */
export interface HoursSource {
  /** The documents of a terminal, the newest first. */
  documents(terminal: string): Promise<readonly HoursDocument[]>
}

/** The opening hours of one terminal over time. */
export interface ShopHours {
  /** The zone in whose days they are counted. */
  readonly timeZone: string
  open(from: number, until: number): Spans
}

/**
 * Those hours count that were in force at the time, so a new week does not change last month. The newest word on a
 * date holds for it whenever it was said, so a holiday that was forgotten can be entered later.
 */
const shopHours = (
  documents: readonly { readonly at: number; readonly hours: OpeningHours }[],
): ShopHours => {
  const newest = documents[0]?.hours ?? defaultConfiguration.openingHours
  const eras: (Span & { readonly hours: OpeningHours })[] = []
  let until = Number.POSITIVE_INFINITY
  for (const [index, { at, hours }] of documents.entries()) {
    const from = index === documents.length - 1 ? Number.NEGATIVE_INFINITY : at
    if (from >= until) continue
    const exceptions = { ...hours.exceptions, ...newest.exceptions }
    eras.unshift({ from, until, hours: { ...hours, exceptions } })
    until = from
  }
  if (eras.length === 0) eras.push({ from: Number.NEGATIVE_INFINITY, until, hours: newest })
  return {
    timeZone: newest.timeZone,
    open: (from, end) =>
      union(
        eras.flatMap((era) =>
          era.from < end && from < era.until
            ? openSpans(era.hours, Math.max(from, era.from), Math.min(end, era.until))
            : [],
        ),
      ),
  }
}

const mostShared = 1000

/** The hours of all terminals, each read once until it is forgotten. */
export class HoursBook {
  readonly #source: HoursSource
  readonly #hours = new Map<string, Promise<ShopHours>>()
  /** Most terminals keep the same hours, and then share them. */
  readonly #shared = new Map<string, ShopHours>()
  /** The version of the newest document that was read. */
  readonly #newest = new Map<string, number>()

  constructor(source: HoursSource) {
    this.#source = source
  }

  /** Forgets everything. */
  clear(): void {
    for (const known of [this.#hours, this.#shared, this.#newest]) known.clear()
  }

  of(terminal: string): Promise<ShopHours> {
    const known = this.#hours.get(terminal)
    if (known) return known
    const read = this.#read(terminal)
    this.#hours.set(terminal, read)
    read.catch(() => this.#hours.delete(terminal))
    return read
  }

  /** A terminal should have a document of this version now. Whether what was read of it no longer holds. */
  changed(terminal: string, version: number): boolean {
    if (!this.#hours.has(terminal) || this.#newest.get(terminal) === version) return false
    this.#hours.delete(terminal)
    return true
  }

  async #read(terminal: string): Promise<ShopHours> {
    const documents = await this.#source.documents(terminal)
    const [newest] = documents
    if (newest) this.#newest.set(terminal, newest.version)
    const said = documents.map(({ at, content }) => ({ at, hours: content.openingHours }))
    // Of neighbours that say the same the oldest is enough.
    const changes = said.filter(({ hours }, index) => {
      const older = said[index + 1]
      return !older || JSON.stringify(older.hours) !== JSON.stringify(hours)
    })
    const only = changes.length === 1 ? JSON.stringify(changes[0]?.hours) : undefined
    const known = only === undefined ? undefined : this.#shared.get(only)
    if (known) return known
    const hours = shopHours(changes)
    if (this.#shared.size >= mostShared) this.#shared.clear()
    if (only !== undefined) this.#shared.set(only, hours)
    return hours
  }
}
