import { defaultConfiguration } from '../../protocol/configuration.ts'
import { dayMs, dayNumber, dayStart, type Span } from '../../protocol/local-time.ts'
import type { Morning } from '../api/health-schemas.ts'
import type { Terminal, TerminalState } from '../api/schemas.ts'
import type { Clock } from '../clock.ts'
import type { Configurations } from '../configuration/configurations.ts'
import type { Terminals } from '../terminals/terminals.ts'
import type { Changes } from './changes.ts'
import { all, type Counts, presence } from './count.ts'
import type { Course } from './days.ts'
import type { FleetAvailability } from './fleet-availability.ts'
import type { Forecasts } from './forecasts.ts'
import { MeanTimes } from './means.ts'
import { createPause } from './pause.ts'
import { type Place, Totals } from './rows.ts'
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

const sharesOf = (days: readonly { readonly counts: Counts }[]): Line['shares'] => {
  const totals = new Map<string, { up: number; due: number }>()
  for (const [name, { open, maintenance, up }] of days.flatMap(({ counts }) => [...counts])) {
    const sum = totals.get(name) ?? { up: 0, due: 0 }
    totals.set(name, { up: sum.up + up, due: sum.due + open - maintenance })
  }
  return Object.fromEntries([...totals].flatMap(([name, { up, due }]) => (due > 0 ? [[name, up / due]] : [])))
}

/** When the shop last closed: the night has lasted since then. Where it did not close for a week, a day ago. */
const nightfall = ({ hours }: Pick<Course, 'hours'>, now: number): number =>
  hours.open(now - 7 * dayMs, now).findLast(({ until }) => until < now)?.until ?? now - dayMs

/** What the fleet looks like in the morning, to be read in five minutes: the worst first. */
export const morningOf = async (places: readonly Place[], parts: MorningParts): Promise<Morning> => {
  const { availability, forecasts, silence, clock } = parts
  const now = clock.now()
  const layer = parts.configurations.layer({ scope: 'fleet', name: 'all' }).content
  const zone = layer.openingHours?.timeZone ?? defaultConfiguration.openingHours.timeZone
  const yesterday = yesterdayOf(zone, now)
  const configured = new Map(parts.configurations.list().map(({ terminal, at }) => [terminal, at]))
  const totals = new Totals({ by: 'fleet' })
  const means = new MeanTimes(yesterday, undefined, now)
  const pause = createPause()
  const lines: Line[] = []
  for (const place of places) {
    const terminal = parts.terminals.get(place.id)
    if (!terminal) continue
    const course = await availability.course(place.id, yesterday)
    totals.add(place, course)
    means.add(course.outages, course.hours)
    const since = nightfall(course, now)
    const changed = await parts.changes.since(place.id, since)
    if ((configured.get(place.id) ?? 0) >= since) changed.unshift('configuration')
    const { outages } = await availability.course(place.id, { from: now - 1, until: now })
    lines.push({ ...lineOf(place, terminal, course, outages), changedOvernight: changed })
    await pause()
  }
  const rows = new Map(totals.rows().map(({ capability, share }) => [capability, share]))
  const [allShare, presenceShare] = [rows.get(all), rows.get(presence)]
  return {
    ...yesterday,
    terminals: lines.sort(
      (one, other) =>
        ranks.indexOf(one.state) - ranks.indexOf(other.state) ||
        (one.shares[all] ?? 1) - (other.shares[all] ?? 1) ||
        one.since - other.since,
    ),
    fleet: {
      ...(allShare === undefined ? {} : { all: allShare }),
      ...(presenceShare === undefined ? {} : { presence: presenceShare }),
      ...means.means(),
    },
    forecasts: await forecasts.of(places),
    silent: await silence.of(places, silentDays),
  }
}

const lineOf = (
  { id, village, district }: Place,
  { state, since }: Terminal,
  { days }: Course,
  outages: Course['outages'],
): Omit<Line, 'changedOvernight'> => {
  const lasting = outages.filter(({ until }) => until === undefined)
  const absence = lasting.find(({ capability }) => capability === presence)
  const fault = lasting.findLast(({ capability, note }) => capability !== presence && note !== undefined)
  const reason = absence?.reason ?? (state === 'reduced' ? 'application' : undefined)
  return {
    ...{ terminal: id, village, district, state, since, shares: sharesOf(days) },
    ...(reason === undefined ? {} : { reason }),
    ...(fault?.note === undefined ? {} : { detail: fault.note }),
  }
}
