import { defaultConfiguration } from '../../protocol/configuration.ts'
import { dayMs, dayNumber, dayStart, type Span } from '../../protocol/local-time.ts'
import type { Morning } from '../api/health-schemas.ts'
import type { Terminal, TerminalState } from '../api/schemas.ts'
import type { Clock } from '../clock.ts'
import type { Configurations } from '../configuration/configurations.ts'
import type { Terminals } from '../terminals/terminals.ts'
import type { Changes } from './changes.ts'
import { addTo, all, type Counts, counted, emptySum, presence } from './count.ts'
import { type Course, totalOf } from './days.ts'
import type { FleetAvailability } from './fleet-availability.ts'
import type { Forecasts } from './forecasts.ts'
import type { ShopHours } from './hours.ts'
import { MeanTimes } from './means.ts'
import { createPause } from './pause.ts'
import type { Place } from './rows.ts'
import type { Silence } from './silence.ts'

export interface MorningParts {
  readonly availability: FleetAvailability
  readonly forecasts: Forecasts
  readonly silence: Silence
  readonly changes: Changes
  readonly terminals: Pick<Terminals, 'get'>
  readonly configurations: Pick<Configurations, 'layer' | 'list'>
  readonly clock: Clock
}

type Line = Morning['terminals'][number]

/** After so many days without a sign of service a village is silent. */
export const silentDays = 3

/** The worst first. */
const ranks: readonly TerminalState[] = [
  ...(['offline', 'suspect', 'reduced', 'maintenance', 'never-seen', 'online', 'retired'] as const),
]

/** The day before this moment in the fleet's zone. */
const yesterdayOf = (timeZone: string, now: number): Span => {
  const today = dayNumber(timeZone, now)
  return { from: dayStart(timeZone, today - 1), until: dayStart(timeZone, today) }
}

const sharesOf = (counts: Counts): Line['shares'] => {
  const shares: Line['shares'] = {}
  for (const [place, count] of counts.entries()) {
    const name = counted[place]
    if (!count || name === undefined) continue
    const { open, maintenance, up } = count
    if (open > maintenance) shares[name] = up / (open - maintenance)
  }
  return shares
}

/** When the shop last closed: the night has lasted since then. Where it did not close for a week, a day ago. */
const nightfallOf = (hours: ShopHours, now: number): number =>
  hours.open(now - 7 * dayMs, now).findLast(({ until }) => until < now)?.until ?? now - dayMs

/** What the fleet looks like in the morning, to be read in five minutes: the worst first. */
export const morningOf = async (places: readonly Place[], parts: MorningParts): Promise<Morning> => {
  const { availability, forecasts, silence, clock } = parts
  const now = clock.now()
  const layer = parts.configurations.layer({ scope: 'fleet', name: 'all' }).content
  const zone = layer.openingHours?.timeZone ?? defaultConfiguration.openingHours.timeZone
  const yesterday = yesterdayOf(zone, now)
  const configured = new Map(parts.configurations.list().map(({ terminal, at }) => [terminal, at]))
  const sum = emptySum()
  const means = new MeanTimes(yesterday, undefined, now)
  const pause = createPause()
  const nightfalls = new Map<ShopHours, number>()
  const lines: Line[] = []
  await parts.changes.ready(places.map(({ id }) => id))
  for (const place of places) {
    const terminal = parts.terminals.get(place.id)
    if (!terminal) continue
    // Yesterday and what there is of today, read together.
    const { outages } = await availability.course(place, { from: yesterday.from, until: now })
    const course = await availability.course(place, yesterday)
    const counts = totalOf(course)
    addTo(sum, counts)
    means.add(course.outages, course.hours)
    const since = nightfalls.get(course.hours) ?? nightfallOf(course.hours, now)
    nightfalls.set(course.hours, since)
    const changed = parts.changes.since(place.id, since)
    if ((configured.get(place.id) ?? 0) >= since) changed.unshift('configuration')
    lines.push({ ...lineOf(place, terminal, counts, outages), changedOvernight: changed })
    await pause()
  }
  const shares = sharesOf(sum)
  return {
    ...yesterday,
    terminals: lines.sort(
      (one, other) =>
        ranks.indexOf(one.state) - ranks.indexOf(other.state) ||
        (one.shares[all] ?? 1) - (other.shares[all] ?? 1) ||
        one.since - other.since,
    ),
    fleet: {
      ...(shares[all] === undefined ? {} : { all: shares[all] }),
      ...(shares[presence] === undefined ? {} : { presence: shares[presence] }),
      ...means.means(),
    },
    forecasts: await forecasts.of(places),
    silent: await silence.of(places, silentDays),
  }
}

const lineOf = (
  { id, village, district }: Place,
  { state, since }: Terminal,
  counts: Counts,
  outages: Course['outages'],
): Omit<Line, 'changedOvernight'> => {
  const lasting = outages
    .filter(({ until }) => until === undefined)
    .sort((one, other) => one.from - other.from)
  const absence = lasting.find(({ capability }) => capability === presence)
  const fault = lasting.findLast(({ capability, note }) => capability !== presence && note !== undefined)
  const reason = absence?.reason ?? (state === 'reduced' ? 'application' : undefined)
  return {
    ...{ terminal: id, village, district, state, since, shares: sharesOf(counts) },
    ...(reason === undefined ? {} : { reason }),
    ...(fault?.note === undefined ? {} : { detail: fault.note }),
  }
}
