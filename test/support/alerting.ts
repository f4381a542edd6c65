import { createAlerting } from '../../fleet/alerts/assembly.ts'
import type { Expiring } from '../../fleet/alerts/fleet-health.ts'
import type { Terminal } from '../../fleet/api/schemas.ts'
import { openDatabase } from '../../fleet/store/database.ts'
import { sqliteDialect } from '../../fleet/store/sqlite.ts'
import { EventLog } from '../../fleet/terminals/events.ts'
import type { PresenceInterval } from '../../fleet/terminals/history.ts'
import type { Hours } from '../../protocol/configuration.ts'
import type { OpeningHours } from '../../protocol/opening-hours.ts'
import type { MetricName } from '../../protocol/vitals.ts'
import { StoppedClock, settled, silent } from './fleet.ts'
import { terminalOf } from './village-terminals.ts'

const always: Hours = [{ from: '00:00', to: '24:00' }]
/** With a break soon after the test begins. */
const day: Hours = [
  { from: '08:00', to: '10:10' },
  { from: '10:40', to: '17:00' },
]
const weekOf = (hours: Hours): OpeningHours => ({
  timeZone: 'Europe/Moscow',
  week: {
    ...{ monday: hours, tuesday: hours, wednesday: hours, thursday: hours },
    ...{ friday: hours, saturday: hours, sunday: hours },
  },
  exceptions: {},
})

type Vitals = Partial<Record<MetricName, { value: number; at: number }>>

/** What is different from the usual. */
export interface AlertingWish {
  /** Trusted by mail, PEM. */
  readonly mailCa?: string
  /** In place of SQLite in memory. */
  readonly dialect?: Parameters<typeof openDatabase>[0]
}

/** A fleet's alerts over a store in memory; its terminals are as the test says. */
export const openAlerting = async ({ mailCa, dialect }: AlertingWish = {}) => {
  const database = await openDatabase(dialect ?? sqliteDialect(':memory:', 'normal'))
  // A Tuesday, 10:00 in Moscow.
  const clock = new StoppedClock(Date.UTC(2026, 10, 17, 7))
  const events = new EventLog(database, clock)
  const terminals = new Map<string, Terminal>()
  const vitals = new Map<string, Vitals>()
  const districts = new Map<string, string>()
  const onTerminal = new Set<(terminal: Terminal) => void>()
  const onVitals = new Set<(terminal: string, latest: Vitals) => void>()
  const onInterval = new Set<(interval: PresenceInterval) => void>()
  const planned = new Map<string, PresenceInterval>()
  const maintained = new Set<string>()
  const ending: Expiring[] = []
  const disk = { free: 900, size: 1000 }
  let hours = weekOf(always)
  const watching =
    <T>(onlookers: Set<T>) =>
    (onlooker: T) => {
      onlookers.add(onlooker)
      return () => onlookers.delete(onlooker)
    }
  const told: string[] = []
  const make = () => {
    const made = createAlerting({
      ...{ database, clock, log: silent, key: Buffer.alloc(32, 3), folder: '.' },
      presence: {
        terminals: {
          list: () => [...terminals.values()],
          get: (id) => terminals.get(id),
          watch: watching(onTerminal),
        },
        history: {
          presence: async (terminal) => [planned.get(terminal) ?? []].flat(),
          watch: watching(onInterval),
        },
        maintenance: { holds: ({ id }) => maintained.has(id) },
        villages: { districtOf: (village) => districts.get(village) ?? '' },
      },
      telemetry: { latest: (id) => vitals.get(id) ?? {}, watch: watching(onVitals) },
      hours: () => hours,
      expiring: () => ending,
      space: async () => ({ free: disk.free * 1024 ** 3, size: disk.size * 1024 ** 3 }),
      ...(mailCa === undefined ? {} : { mailCa }),
    })
    made.delivery.watch(({ kind, incident }) => told.push(`${kind} ${incident.rule}`))
    return made
  }
  let alerting = make()
  await alerting.start()

  const idle = async () => {
    for (let turn = 0; turn < 3; turn++) {
      await alerting.alerts.idle()
      await alerting.delivery.idle()
      await settled()
    }
  }
  return {
    /** What open pages were told, as kind and rule. */
    told,
    ...{ database, clock, events, maintained, districts, ending, disk, idle },
    get alerting() {
      return alerting
    },
    /** Puts a terminal into a state; all well unless told. */
    put(id: string, more: Partial<Terminal> = {}, district = ''): void {
      const village = terminals.get(id)?.village ?? `village of ${id}`
      if (district !== '') districts.set(village, district)
      const terminal = terminalOf(id, village, { since: clock.now(), ...more })
      terminals.set(id, terminal)
      for (const onlooker of onTerminal) onlooker(terminal)
    },
    /** A terminal says goodbye as planned, or is back. */
    plan(id: string, isAway: boolean): void {
      const from = planned.get(id)?.from ?? clock.now()
      const interval: PresenceInterval = { id, terminal: id, state: 'offline', from, reason: 'planned' }
      const ended = isAway ? interval : { ...interval, until: clock.now() }
      if (isAway) planned.set(id, ended)
      else planned.delete(id)
      for (const onlooker of onInterval) onlooker(ended)
    },
    measure(id: string, values: Partial<Record<MetricName, number>>): void {
      const latest = Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, { value, at: clock.now() }]),
      )
      vitals.set(id, latest)
      for (const onlooker of onVitals) onlooker(id, latest)
    },
    openShops(open: 'always' | 'by day'): void {
      hours = weekOf(open === 'always' ? always : day)
    },
    /** Lets seconds pass, and everything that follows from them. */
    async pass(seconds: number): Promise<void> {
      await idle()
      await clock.pass(seconds * 1000)
      await idle()
    },
    /** Ends the fleet and begins it anew over the same store. */
    async restart(): Promise<void> {
      await alerting.stop()
      alerting = make()
      await alerting.start()
      await idle()
    },
    incidents: () => alerting.alerts.list({ from: 0, until: clock.now() + 1 }),
    async close(): Promise<void> {
      await alerting.stop()
      await database.destroy()
    },
  }
}

export type Alertings = Awaited<ReturnType<typeof openAlerting>>
