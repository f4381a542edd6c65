import type { AvailabilityRow } from '../api/health-schemas.ts'
import { all, type Count, presence } from './count.ts'
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

/** One thing that is counted: in words of the answer. */
type Head = Pick<AvailabilityRow, 'key' | 'village' | 'district' | 'capability' | 'period'>

interface Total {
  readonly head: Head
  open: number
  maintenance: number
  up: number
}

const groupOf = (
  by: Grouping,
  { id, village, district }: Place,
): Pick<Head, 'key' | 'village' | 'district'> => {
  if (by === 'terminal') return { key: id, village, district }
  return by === 'district' ? { key: district, district } : { key: 'fleet' }
}

const rowOf = ({ head, open, maintenance, up }: Total): AvailabilityRow => {
  const due = open - maintenance
  return {
    ...head,
    openSeconds: open / 1000,
    maintenanceSeconds: maintenance / 1000,
    upSeconds: up / 1000,
    ...(due > 0 ? { share: up / due } : {}),
  }
}

/**
 * Adds days of terminals up to rows. A capability that no terminal of a group ever reported in the range has no rows
 * there; `presence` and `all` always have.
 */
export class Totals {
  readonly #by: Grouping
  readonly #per: PeriodLength | undefined
  readonly #capability: string | undefined
  /** By group, capability and period. */
  readonly #totals = new Map<string, Map<string, Map<string, Total>>>()
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

  add(place: Place, { days }: Pick<Course, 'days'>): void {
    const group = groupOf(this.#by, place)
    const totals = this.#totals.get(group.key) ?? new Map<string, Map<string, Total>>()
    this.#totals.set(group.key, totals)
    for (const { day, counts } of days) {
      const period = this.#period(day)
      for (const [capability, count] of counts) {
        if (this.#capability === undefined || this.#capability === capability) {
          this.#count(totals, { ...group, capability }, period, count)
        }
      }
    }
  }

  /** By group, capability and period. */
  rows(): AvailabilityRow[] {
    const rank = ({ capability }: Head) => (capability === presence ? 0 : capability === all ? 1 : 2)
    return [...this.#totals.values()]
      .flatMap((totals) => [...totals.values()].flatMap((periods) => [...periods.values()]))
      .sort(
        ({ head: one }, { head: other }) =>
          compare(one.key, other.key) ||
          rank(one) - rank(other) ||
          compare(one.capability, other.capability) ||
          compare(one.period ?? '', other.period ?? ''),
      )
      .map(rowOf)
  }

  #count(
    totals: Map<string, Map<string, Total>>,
    head: Head,
    period: string | undefined,
    { open, maintenance, up }: Count,
  ): void {
    const periods = totals.get(head.capability) ?? new Map<string, Total>()
    if (periods.size === 0) totals.set(head.capability, periods)
    const total = periods.get(period ?? '')
    if (total) {
      total.open += open
      total.maintenance += maintenance
      total.up += up
      return
    }
    this.#size++
    const named = period === undefined ? head : { ...head, period }
    periods.set(period ?? '', { head: named, open, maintenance, up })
  }

  #period(day: number): string | undefined {
    if (this.#per === undefined) return undefined
    const known = this.#periods.get(day)
    if (known !== undefined) return known
    const period = periodOf(this.#per, day)
    this.#periods.set(day, period)
    return period
  }
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
