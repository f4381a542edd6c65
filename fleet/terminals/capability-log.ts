import type { CapabilityReport, EventMessage } from '../../protocol/messages.ts'
import type { CapabilityIntervalRow } from '../store/schema.ts'
import type { IntervalStore } from './interval-store.ts'

/** An event that waited longer at the terminal tells of the past; the profile has told what is. */
const liveMs = 60_000

/** Since when each capability of each terminal works, or does not; by the fleet's clock. */
export class CapabilityLog {
  readonly #store: IntervalStore
  readonly #open = new Map<string, Map<string, CapabilityIntervalRow>>()
  readonly #onlookers = new Set<(terminal: string, from: number) => void>()

  constructor(store: IntervalStore) {
    this.#store = store
  }

  async start(): Promise<void> {
    for (const row of await this.#store.lastingCapabilities()) this.#of(row.terminal).set(row.capability, row)
  }

  /** Calls back when an interval begins or is told more of, with the time from which on that is so. */
  watch(onlooker: (terminal: string, from: number) => void): () => void {
    this.#onlookers.add(onlooker)
    return () => this.#onlookers.delete(onlooker)
  }

  /** What a terminal says of all its capabilities. */
  profile(terminal: string, reports: Readonly<Record<string, CapabilityReport>>, at: number): void {
    for (const [capability, { ok, detail }] of Object.entries(reports)) {
      this.#is(terminal, capability, { ok, detail }, at)
    }
  }

  /** What a terminal says of one, as soon as it knows. Others than these events say nothing. */
  event(terminal: string, { type, data, ts, at: since }: EventMessage, at: number): void {
    if (type !== 'device-fault' && type !== 'device-recovered') return
    const { capability, detail } = data
    const known = typeof capability === 'string' ? this.#of(terminal).get(capability) : undefined
    // Only what its profile has named: names of events are the terminal's own.
    if (!known || ts - since > liveMs) return
    const words = typeof detail === 'string' ? detail : undefined
    this.#is(terminal, known.capability, { ok: type === 'device-recovered', detail: words }, at)
  }

  #is(
    terminal: string,
    capability: string,
    { ok, detail }: { readonly ok: boolean; readonly detail?: string | undefined },
    at: number,
  ): void {
    const rows = this.#of(terminal)
    const open = rows.get(capability)
    const said = ok ? null : (detail ?? null)
    if (open && (open.ok === 1) === ok) {
      if (said === null || said === open.detail) return
      open.detail = said
      this.#store.putCapability(open)
      this.#tell(terminal, open.from_at)
      return
    }
    const from = Math.max(at, open?.from_at ?? 0)
    if (open && open.from_at < from) {
      open.until_at = from
      this.#store.putCapability(open)
    }
    const row: CapabilityIntervalRow = {
      ...{ terminal, capability, from_at: from, until_at: null, ok: ok ? 1 : 0 },
      ...{ detail: said, detected_at: ok ? null : from },
    }
    rows.set(capability, row)
    this.#store.putCapability(row)
    this.#tell(terminal, from)
  }

  #tell(terminal: string, from: number): void {
    for (const onlooker of this.#onlookers) onlooker(terminal, from)
  }

  #of(terminal: string): Map<string, CapabilityIntervalRow> {
    const known = this.#open.get(terminal) ?? new Map<string, CapabilityIntervalRow>()
    this.#open.set(terminal, known)
    return known
  }
}
