import type { Configuration } from '../../../protocol/configuration.ts'

/** What happened to one terminal, as bare lists. */
export interface Story {
  readonly id: string
  readonly village: string
  readonly district: string
  readonly documents: readonly { readonly at: number; readonly hours: Configuration['openingHours'] }[]
  readonly presence: readonly {
    readonly state: string
    readonly from: number
    readonly until: number | null
    readonly unseenUntil: number | null
  }[]
  readonly capabilities: readonly {
    readonly capability: string
    readonly ok: boolean
    readonly from: number
    readonly until: number | null
  }[]
  readonly windows: readonly { readonly from: number; readonly until: number }[]
}

/** Milliseconds, by `key|capability|period`. */
export type Figures = Map<string, { open: number; maintenance: number; up: number }>

/** No shop of these tests opens or closes, and no zone changes its clocks, in between. */
const step = 5 * 60_000
const clocks = new Map<string, Intl.DateTimeFormat>()
const readings = new Map<string, { date: string; weekday: string; time: string }>()

/** What clock and calendar on the wall say in a step, by Intl alone. */
const wall = (timeZone: string, at: number) => {
  const begin = Math.floor(at / step) * step
  const known = readings.get(`${timeZone} ${begin}`)
  if (known) return known
  const clock =
    clocks.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, hourCycle: 'h23', weekday: 'long' },
      ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
    })
  clocks.set(timeZone, clock)
  const parts = new Map(clock.formatToParts(begin).map(({ type, value }) => [type, value]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
  const reading = {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    weekday: part('weekday').toLowerCase(),
    time: `${part('hour')}:${part('minute')}`,
  }
  readings.set(`${timeZone} ${begin}`, reading)
  return reading
}

const holds = ({ from, until }: { from: number; until: number | null }, at: number) =>
  from <= at && (until === null || at < until)

const isOpen = ({ documents }: Story, at: number): boolean => {
  const newest = documents.at(-1)
  const inForce = documents.findLast((document) => document.at <= at) ?? documents[0]
  if (!newest || !inForce) return false
  const { date, weekday, time } = wall(inForce.hours.timeZone, at)
  const week: Record<string, readonly { from: string; to: string }[]> = inForce.hours.week
  const spans = newest.hours.exceptions[date] ?? inForce.hours.exceptions[date] ?? week[weekday] ?? []
  return spans.some(({ from, to }) => from <= time && time < to)
}

/** The week of a date by the rule of the fourth of January (ISO 8601). */
const weekOf = (date: string): string => {
  const at = new Date(`${date}T12:00:00Z`)
  const mondayOf = (day: Date) => new Date(day.getTime() - ((day.getUTCDay() + 6) % 7) * 86_400_000)
  const year = [1, 0, -1]
    .map((offset) => at.getUTCFullYear() + offset)
    .find((candidate) => mondayOf(new Date(Date.UTC(candidate, 0, 4, 12))) <= mondayOf(at))
  const first = mondayOf(new Date(Date.UTC(year ?? 0, 0, 4, 12)))
  const week = Math.round((mondayOf(at).getTime() - first.getTime()) / (7 * 86_400_000)) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}

const periodOf = (per: string | undefined, date: string): string => {
  if (per === undefined) return ''
  if (per === 'week') return weekOf(date)
  return per === 'month' ? date.slice(0, 7) : date
}

/** What is true of a terminal at one moment, by looking at every list. */
const moment = ({ presence, capabilities, windows }: Story, at: number) => {
  const now = presence.filter((one) => holds(one, at))
  const counted = now.some(
    ({ state, unseenUntil }) =>
      state !== 'never-seen' && state !== 'retired' && (unseenUntil === null || at >= unseenUntil),
  )
  const there = now.some(({ state }) => state === 'online' || state === 'reduced')
  const announced = windows.some((one) => holds(one, at)) || now.some(({ state }) => state === 'maintenance')
  const told = capabilities.filter((one) => holds(one, at))
  return { counted, there, announced, told }
}

/** The times of a story at which something changes. */
const turns = ({ documents, presence, capabilities, windows }: Story): number[] =>
  [
    ...documents.map(({ at }) => at),
    ...presence.flatMap(({ from, until, unseenUntil }) => [from, until, unseenUntil]),
    ...capabilities.flatMap(({ from, until }) => [from, until]),
    ...windows.flatMap(({ from, until }) => [from, until]),
  ].flatMap((at) => at ?? [])

/** Every span of a range in which nothing changes, not even the step. */
function* pieces(story: Story, from: number, until: number): Generator<[number, number]> {
  const all = [...turns(story), until].filter((at) => at > from && at <= until).sort((a, b) => a - b)
  let begin = from
  for (const turn of all) {
    while (begin < turn) {
      const end = Math.min(turn, Math.floor(begin / step) * step + step)
      yield [begin, end]
      begin = end
    }
  }
}

/** What one terminal was on each date, by `date|capability`. */
export type Walk = Figures

/** Counts one terminal by walking through a range step by step, and from change to change within. */
export const walk = (story: Story, { from, until }: { from: number; until: number }): Walk => {
  const zone = story.documents.at(-1)?.hours.timeZone ?? ''
  const figures: Figures = new Map()
  for (const [begin, end] of pieces(story, from, until)) {
    if (!isOpen(story, begin)) continue
    const { counted, there, announced, told } = moment(story, begin)
    if (!counted) continue
    const { date } = wall(zone, begin)
    const add = (capability: string, works: boolean) => {
      const length = end - begin
      addTo(figures, `${date}|${capability}`, {
        open: length,
        maintenance: announced ? length : 0,
        up: !announced && there && works ? length : 0,
      })
    }
    add('presence', true)
    add(
      'all',
      told.every(({ ok }) => ok),
    )
    for (const { capability, ok } of told) add(capability, ok)
  }
  return figures
}

/** Adds walks up, by `key|capability|period`. */
export const gather = (
  walks: readonly (readonly [Story, Walk])[],
  { by, per }: { by: string; per?: string },
): Figures => {
  const figures: Figures = new Map()
  for (const [{ id, district }, found] of walks) {
    const key = by === 'fleet' ? 'fleet' : by === 'district' ? district : id
    for (const [name, sum] of found) {
      const [date = '', capability = ''] = name.split('|')
      addTo(figures, `${key}|${capability}|${periodOf(per, date)}`, sum)
    }
  }
  return figures
}

const addTo = (figures: Figures, name: string, more: { open: number; maintenance: number; up: number }) => {
  const sum = figures.get(name) ?? { open: 0, maintenance: 0, up: 0 }
  figures.set(name, {
    open: sum.open + more.open,
    maintenance: sum.maintenance + more.maintenance,
    up: sum.up + more.up,
  })
}
