import type { AvailabilityRow } from '../api/health-schemas.ts'
import { addTo, type Count, type Counts, counted, emptySum, type Sum } from './count.ts'
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

/** What is the same in all rows of a terminal, a district or the fleet. */
export type Head = Pick<AvailabilityRow, 'key' | 'village' | 'district'>

/** Of what a row is; without a period of the whole range. */
export type Label = Pick<AvailabilityRow, 'capability' | 'period'>

/** The rows of a terminal, a district or the fleet, by capability and period. */
export interface GroupRows {
  readonly head: Head
  readonly rows: readonly { readonly label: Label; readonly count: Count }[]
}

interface Group {
  readonly head: Head
  /** By period, in the order in which periods were met. */
  readonly sums: Counts[]
  /** Those of them that were added up here, and are not the counts of one day. */
  readonly own: Sum[]
}

const headOf = (by: Grouping, { id, village, district }: Place): Head => {
  if (by === 'terminal') return { key: id, village, district }
  return by === 'district' ? { key: district, district } : { key: 'fleet' }
}

const labelOf = (capability: string, period: string | undefined): Label =>
  period === undefined ? { capability } : { capability, period }

/** The figures of a row. */
export const figuresOf = ({ open, maintenance, up }: Count) => {
  const figures: Omit<AvailabilityRow, keyof Head | keyof Label> = {
    openSeconds: open / 1000,
    maintenanceSeconds: maintenance / 1000,
    upSeconds: up / 1000,
  }
  if (open > maintenance) figures.share = up / (open - maintenance)
  return figures
}

/**
 * Adds days of terminals up to rows. A capability that no terminal of a group ever reported in the range has no rows
 * there; `presence` and `all` always have.
 */
export class Totals {
  readonly #by: Grouping
  readonly #per: PeriodLength | undefined
  /** Of `counted`. */
  readonly #places: readonly number[]
  readonly #groups = new Map<string, Group>()
  /** The periods that were met; the whole range is one without a name. */
  readonly #periods: (string | undefined)[] = []
  /** Those periods in the order of their names. */
  #order: readonly number[] = []
  /** Of days, which have the same few periods for all terminals. */
  readonly #indexes = new Map<number, number>()
  /** Of `counted` and of periods. */
  readonly #labels: Label[][] = []

  constructor(wish: { by: Grouping; per?: PeriodLength | undefined; capability?: string | undefined }) {
    const { by, per, capability } = wish
    this.#by = by
    this.#per = per
    const places = [...counted.keys()]
    this.#places = places.filter((place) => capability === undefined || counted[place] === capability)
    if (per === undefined) this.#periods.push(undefined)
  }

  add(place: Place, { whole, parts }: Pick<Course, 'whole' | 'parts'>): void {
    const group = this.#group(place)
    if (this.#per === undefined) this.#count(group, 0, whole.sum)
    else for (const { day, counts } of whole.days) this.#count(group, this.#index(this.#per, day), counts)
    for (const { day, counts } of parts) this.#count(group, this.#index(this.#per, day), counts)
  }

  /**
   * What was added up since the last time, by key. Each group comes alone, so that others can have the event loop in
   * between.
   */
  *take(): Generator<GroupRows> {
    const groups = [...this.#groups.values()].sort(byKey)
    this.#groups.clear()
    const names = this.#periods
    if (this.#order.length < names.length) {
      this.#order = [...names.keys()].sort((one, other) => compare(names[one] ?? '', names[other] ?? ''))
    }
    for (const { head, sums } of groups) {
      const rows: { label: Label; count: Count }[] = []
      for (const place of this.#places) {
        for (const index of this.#order) {
          const count = sums[index]?.[place]
          if (count) rows.push({ label: this.#label(place, index), count })
        }
      }
      yield { head, rows }
    }
  }

  #group(place: Place): Group {
    const head = headOf(this.#by, place)
    const known = this.#groups.get(head.key)
    if (known) return known
    const group: Group = { head, sums: [], own: [] }
    this.#groups.set(head.key, group)
    return group
  }

  /** What stands alone is not copied: most days of a terminal are a period of their own. */
  #count({ sums, own }: Group, index: number, counts: Counts): void {
    const before = sums[index]
    const sum = own[index]
    if (!before) sums[index] = counts
    else if (sum) addTo(sum, counts, this.#places)
    else {
      const begun = emptySum()
      for (const more of [before, counts]) addTo(begun, more, this.#places)
      sums[index] = begun
      own[index] = begun
    }
  }

  /** The same one for all groups. */
  #label(place: number, index: number): Label {
    this.#labels[place] ??= []
    this.#labels[place][index] ??= labelOf(counted[place] ?? '', this.#periods[index])
    return this.#labels[place][index]
  }

  #index(per: PeriodLength | undefined, day: number): number {
    if (per === undefined) return 0
    const known = this.#indexes.get(day)
    if (known !== undefined) return known
    const period = periodOf(per, day)
    const met = this.#periods.indexOf(period)
    const index = met < 0 ? this.#periods.push(period) - 1 : met
    this.#indexes.set(day, index)
    return index
  }
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
const byKey = ({ head: one }: Group, { head: other }: Group): number => compare(one.key, other.key)
