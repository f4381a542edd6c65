import type { AvailabilityRow } from '../api/health-schemas.ts'
import { all, type Count, type Counts, presence } from './count.ts'
import type { Course } from './days.ts'
import { type PeriodLength, periodOf } from './periods.ts'

/** How figures are put together. */
export const groupings = ['terminal', 'district', 'fleet'] as const
export type Grouping = (typeof groupings)[number]

/** Where a terminal stands. */
export interface Place {
  readonly id: string
  readonly village: string
  readonly district: string
}

type Head = Pick<AvailabilityRow, 'key' | 'village' | 'district'>

interface Total {
  open: number
  maintenance: number
  up: number
}

/** By capability and period. */
interface Group {
  readonly head: Head
  readonly totals: Map<string, Map<string, Total>>
}

const headOf = (by: Grouping, { id, village, district }: Place): Head => {
  if (by === 'terminal') return { key: id, village, district }
  return by === 'district' ? { key: district, district } : { key: 'fleet' }
}

/** The whole range. */
const undivided = ''

/** One object for each row and no other: a month of 700 terminals has very many. */
const rowOf = (head: Head, capability: string, period: string, total: Total): AvailabilityRow => {
  const { open, maintenance, up } = total
  const row: AvailabilityRow = {
    key: head.key,
    capability,
    openSeconds: 0,
    maintenanceSeconds: 0,
    upSeconds: 0,
  }
  if (head.village !== undefined) row.village = head.village
  if (head.district !== undefined) row.district = head.district
  if (period !== undivided) row.period = period
  row.openSeconds = open / 1000
  row.maintenanceSeconds = maintenance / 1000
  row.upSeconds = up / 1000
  if (open > maintenance) row.share = up / (open - maintenance)
  return row
}

/**
 * Adds days of terminals up to rows. A capability that no terminal of a group ever reported in the range has no rows
 * there; `presence` and `all` always have.
 */
export class Totals {
  readonly #by: Grouping
  readonly #per: PeriodLength | undefined
  readonly #capability: string | undefined
  readonly #groups = new Map<string, Group>()
  #size = 0
  /** Days have the same few names for all terminals. */
  readonly #periods = new Map<number, string>()

  constructor(wish: { by: Grouping; per?: PeriodLength | undefined; capability?: string | undefined }) {
    this.#by = wish.by
    this.#per = wish.per
    this.#capability = wish.capability
  }

  /** How many rows there are so far. */
  get size(): number {
    return this.#size
  }

  add(place: Place, { whole, parts }: Pick<Course, 'whole' | 'parts'>): void {
    const { totals } = this.#group(place)
    if (this.#per === undefined) {
      this.#count(totals, undivided, whole.sum)
      for (const { counts } of parts) this.#count(totals, undivided, counts)
      return
    }
    for (const { day, counts } of whole.days) this.#count(totals, this.#period(this.#per, day), counts)
    for (const { day, counts } of parts) this.#count(totals, this.#period(this.#per, day), counts)
  }

  /** By group, capability and period. Each group comes alone, so that others can have the event loop in between. */
  *rows(): Generator<AvailabilityRow[]> {
    for (const { head, totals } of [...this.#groups.values()].sort(byKey)) {
      const rows: AvailabilityRow[] = []
      for (const capability of [...totals.keys()].sort(byRank)) {
        const periods = [...(totals.get(capability) ?? [])]
        if (periods.length > 1) periods.sort(([one], [other]) => compare(one, other))
        for (const [period, total] of periods) rows.push(rowOf(head, capability, period, total))
      }
      yield rows
    }
  }

  #group(place: Place): Group {
    const head = headOf(this.#by, place)
    const known = this.#groups.get(head.key)
    if (known) return known
    const group: Group = { head, totals: new Map() }
    this.#groups.set(head.key, group)
    return group
  }

  #count(totals: Group['totals'], period: string, counts: Counts): void {
    if (this.#capability === undefined) {
      for (const [capability, count] of counts) this.#add(totals, capability, period, count)
      return
    }
    const count = counts.get(this.#capability)
    if (count) this.#add(totals, this.#capability, period, count)
  }

  #add(totals: Group['totals'], capability: string, period: string, { open, maintenance, up }: Count): void {
    let periods = totals.get(capability)
    if (!periods) {
      periods = new Map()
      totals.set(capability, periods)
    }
    const total = periods.get(period)
    if (total) {
      total.open += open
      total.maintenance += maintenance
      total.up += up
      return
    }
    this.#size++
    periods.set(period, { open, maintenance, up })
  }

  #period(per: PeriodLength, day: number): string {
    const known = this.#periods.get(day)
    if (known !== undefined) return known
    const period = periodOf(per, day)
    this.#periods.set(day, period)
    return period
  }
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
const byKey = ({ head: one }: Group, { head: other }: Group): number => compare(one.key, other.key)
const rank = (capability: string) => (capability === presence ? 0 : capability === all ? 1 : 2)
const byRank = (one: string, other: string): number => rank(one) - rank(other) || compare(one, other)
