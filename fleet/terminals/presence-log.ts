import { uuidv7 } from '../../protocol/uuid.ts'
import type { TerminalState } from '../api/schemas.ts'
import type { PresenceIntervalRow } from '../store/schema.ts'
import type { DowntimeReason, PresenceInterval } from './history.ts'
import { type IntervalStore, presenceOf } from './interval-store.ts'
import { graceMs, isAway, isThere } from './presence.ts'
import { type Return, reasonOfReturn, reasonOfStart } from './reason.ts'
import { outageWith, type RegionalRule, regionalRule } from './regional.ts'

export interface PresenceLogParts {
  readonly store: IntervalStore
  /** The district of a terminal, '' when it is not known. */
  readonly districtOf: (terminal: string) => string
  /** How many terminals a district has. */
  readonly sizeOf: (district: string) => number
  readonly rule?: RegionalRule | undefined
  readonly graceMs?: number | undefined
}

/** The newest intervals of one terminal; the last one lasts. */
interface Course {
  readonly rows: PresenceIntervalRow[]
}

/** How a terminal stands from `at` on. */
export interface Stand {
  readonly state: TerminalState
  readonly at: number
  /** Why it said goodbye, when it did. */
  readonly farewell?: string | undefined
}

/** Of each terminal so many intervals are at hand: what was before an absence, the absence, what is now. */
const atHand = 12

/**
 * What each terminal was, as intervals without a gap. INVARIANTS: an absence that outlasts its grace is one interval,
 * suspect becomes offline in place; a person's word on a reason is never overwritten; a terminal whose own record says
 * that it worked while the fleet was away has no absence.
 */
export class PresenceLog {
  readonly #parts: PresenceLogParts
  readonly #courses = new Map<string, Course>()
  readonly #away = new Map<string, Map<string, PresenceIntervalRow>>()
  readonly #onlookers = new Set<(interval: PresenceInterval) => void>()
  #startedAt = 0
  #lastThere: number | undefined
  #starting = true

  constructor(parts: PresenceLogParts) {
    this.#parts = parts
  }

  /** Takes up the intervals of earlier runs; `lastThere` is when the fleet last was, before `startedAt`. */
  async start(startedAt: number, lastThere: number | undefined): Promise<void> {
    this.#startedAt = startedAt
    this.#lastThere = lastThere
    for (const row of await this.#parts.store.lasting()) {
      const course = this.#courses.get(row.terminal)
      if (course) course.rows.push(row)
      else this.#courses.set(row.terminal, { rows: [row] })
    }
  }

  /** From here on a terminal that is lost was lost before the eyes of the fleet. */
  started(): void {
    this.#starting = false
  }

  /** The interval that lasts. */
  current(terminal: string): PresenceInterval | undefined {
    const row = this.#courses.get(terminal)?.rows.at(-1)
    return row && presenceOf(row)
  }

  /** Calls back when an interval begins, ends, or is judged anew. */
  watch(onlooker: (interval: PresenceInterval) => void): () => void {
    this.#onlookers.add(onlooker)
    return () => this.#onlookers.delete(onlooker)
  }

  /** A terminal is in another state, or as it was. */
  stands(terminal: string, { state, at, farewell }: Stand): void {
    const rows = this.#courses.get(terminal)?.rows ?? []
    if (rows.length === 0) this.#courses.set(terminal, { rows })
    const open = rows.at(-1)
    if (this.#starting && open && isAway(state) && open.unseen_until !== null && open.state === 'suspect') {
      // The fleet fell again before the terminal could return.
      this.#keep(open, { unseen_until: this.#startedAt })
    }
    if (open?.state === state) return
    if (open?.state === 'suspect' && state === 'offline') {
      // One that promised to be back has not kept its word.
      const late = open.reason === 'planned' && farewell !== 'shutdown' && open.judged_by !== 'person'
      this.#keep(open, { state, ...(late ? { reason: 'unknown' as const } : {}) })
      if (open.unseen_until !== null || late) this.#lost(open)
      return
    }
    const unseen = this.#starting && isAway(state) && open !== undefined && isThere(open.state)
    const from = Math.max(open?.from_at ?? 0, unseen ? (this.#lastThere ?? at) : at)
    if (open && open.from_at === from && !unseen) {
      // What did not last is no interval.
      this.#drop(rows, open)
      const before = rows.at(-1)
      if (before?.state === state && before.until_at === from) {
        this.#keep(before, { until_at: null })
        return
      }
    } else if (open) this.#keep(open, { until_at: from })
    const row: PresenceIntervalRow = {
      ...{ id: uuidv7(from), terminal, state, from_at: from, until_at: null },
      ...{ reason: provisional(state, farewell), judged_by: null, note: null, edited_by: null },
      ...{ unseen_until: unseen ? this.#startedAt : null, outage: null, run: null },
    }
    rows.push(row)
    rows.splice(0, rows.length - atHand)
    this.#put(row)
    if (row.reason === 'unknown' && !this.#starting) this.#lost(row)
  }

  /** A terminal that is there says which boot and run it is: the record from which its absence is judged. */
  returned(terminal: string, word: Return): void {
    const rows = this.#courses.get(terminal)?.rows ?? []
    const open = rows.at(-1)
    if (!open || !isThere(open.state)) return
    const absence = absenceIn(rows)
    const [first] = absence
    if (!first || first.run !== null) return
    const reason = reasonOfReturn(word)
    const run = word.after.run ?? ''
    if (first.unseen_until !== null && reason === 'link') {
      if (this.#workedOn(rows, absence, open)) return
    }
    for (const row of absence) this.#judge(row, reason, run)
  }

  /** An agent's own record of its start, which may come long after its return. Resolves when it is in the store. */
  async agentStarted(
    terminal: string,
    run: string,
    word: { readonly planned: boolean; readonly sameBoot: boolean },
  ): Promise<void> {
    const rows = this.#courses.get(terminal)?.rows ?? []
    // Later losses of the line by the same run are not what the start tells of.
    const isMeant = (row: PresenceIntervalRow) => row.run === run && row.reason !== 'link'
    const known = rows.filter(isMeant)
    const meant = known.length > 0 ? known : (await this.#parts.store.endedBy(terminal, run)).filter(isMeant)
    for (const row of meant) this.#judge(row, reasonOfStart(word), run)
  }

  async find(id: string): Promise<PresenceInterval | undefined> {
    const row = await this.#parts.store.find(id)
    return row && presenceOf(row)
  }

  /** A person's word on an absence. Resolves to the interval as it is then. */
  async edit(
    id: string,
    { reason, note, by }: { reason?: DowntimeReason; note?: string; by: string },
  ): Promise<PresenceInterval | undefined> {
    const found = await this.#parts.store.find(id)
    if (!found) return undefined
    const row = this.#courses.get(found.terminal)?.rows.find((one) => one.id === id) ?? found
    this.#keep(row, {
      edited_by: by,
      ...(reason === undefined ? {} : { reason, judged_by: 'person' as const }),
      ...(note === undefined ? {} : { note: note === '' ? null : note }),
    })
    return presenceOf(row)
  }

  /** The same run, and back within its grace: it was the fleet that was away. */
  #workedOn(
    rows: PresenceIntervalRow[],
    absence: readonly PresenceIntervalRow[],
    open: PresenceIntervalRow,
  ): boolean {
    const [first] = absence
    const before = rows.at(rows.indexOf(absence[0] as PresenceIntervalRow) - 1)
    if (!first || !before || before === open || !isThere(before.state)) return false
    const seen = first.unseen_until ?? 0
    if (absence.length === 1 && open.from_at < seen + (this.#parts.graceMs ?? graceMs)) {
      this.#drop(rows, first)
      if (before.state === open.state) {
        this.#drop(rows, open)
        this.#keep(before, { until_at: null })
      } else this.#keep(before, { until_at: open.from_at })
      return true
    }
    // It worked while the fleet was away, and only then was lost.
    this.#keep(before, { until_at: seen })
    this.#keep(first, { from_at: seen, unseen_until: null })
    return false
  }

  #judge(row: PresenceIntervalRow, reason: DowntimeReason, run: string): void {
    if (row.judged_by === 'person' || row.state === 'maintenance') {
      this.#keep(row, { run })
      return
    }
    const isRegional = reason === 'power' || reason === 'link'
    this.#keep(row, { run, reason, judged_by: 'terminal', ...(isRegional ? {} : { outage: null }) })
  }

  /** Looks whether a terminal was lost together with its neighbours. */
  #lost(row: PresenceIntervalRow): void {
    const district = this.#parts.districtOf(row.terminal)
    if (district === '') return
    const away = this.#away.get(district) ?? new Map<string, PresenceIntervalRow>()
    this.#away.set(district, away)
    for (const [id, one] of away) if (one.until_at !== null || one.state === 'maintenance') away.delete(id)
    away.set(row.id, row)
    const size = this.#parts.sizeOf(district)
    const outage = outageWith(row, { size, away: [...away.values()] }, this.#parts.rule ?? regionalRule)
    for (const member of outage?.members ?? []) {
      const judged = member.judged_by === 'person'
      this.#keep(member, {
        outage: outage?.id ?? null,
        ...(judged ? {} : { reason: 'regional' as const, judged_by: 'neighbours' as const }),
      })
    }
  }

  #keep(row: PresenceIntervalRow, changes: Partial<PresenceIntervalRow>): void {
    Object.assign(row, changes)
    this.#put(row)
  }

  #put(row: PresenceIntervalRow): void {
    this.#parts.store.put(row)
    this.#tell(row)
  }

  #drop(rows: PresenceIntervalRow[], row: PresenceIntervalRow): void {
    rows.splice(rows.indexOf(row), 1)
    this.#parts.store.drop(row)
    this.#tell({ ...row, until_at: row.from_at })
  }

  #tell(row: PresenceIntervalRow): void {
    const interval = presenceOf(row)
    for (const onlooker of this.#onlookers) onlooker(interval)
  }
}

/** What can be said of a state before the terminal itself says more. */
const provisional = (state: TerminalState, farewell: string | undefined): DowntimeReason | null => {
  if (state === 'reduced') return 'application'
  if (state === 'maintenance') return 'planned'
  if (state === 'suspect' || state === 'offline') return farewell === undefined ? 'unknown' : 'planned'
  return null
}

/** The intervals of the newest absence, the oldest first. */
const absenceIn = (rows: readonly PresenceIntervalRow[]): readonly PresenceIntervalRow[] => {
  let end = rows.length
  while (end > 0 && !isAway((rows[end - 1] as PresenceIntervalRow).state)) end -= 1
  let begin = end
  while (begin > 0 && isAway((rows[begin - 1] as PresenceIntervalRow).state)) begin -= 1
  return rows.slice(begin, end)
}
