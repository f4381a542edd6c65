import type { Logger } from 'pino'
import type { Broker } from '../broker/broker.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import { StoredVillages } from '../villages/villages.ts'
import { CapabilityLog } from './capability-log.ts'
import { EventLog } from './events.ts'
import { FleetRuns } from './fleet-runs.ts'
import type { History, PresenceInterval } from './history.ts'
import { IntervalStore } from './interval-store.ts'
import { isAbout, Maintenance, type Place } from './maintenance.ts'
import { PresenceLog } from './presence-log.ts'
import type { RegionalRule } from './regional.ts'
import { Terminals } from './terminals.ts'

export interface PresenceParts {
  readonly database: Database
  readonly broker: Broker
  readonly clock: Clock
  readonly log: Logger
  /** How long a terminal may be away before it is offline, in milliseconds. */
  readonly graceMs?: number | undefined
  readonly regional?: RegionalRule | undefined
}

/** The terminals, what they were over time, and what was announced. */
export interface Presence {
  readonly terminals: Terminals
  readonly history: History
  readonly events: EventLog
  readonly maintenance: Maintenance
  readonly villages: StoredVillages
  /** A person's word on a downtime; `undefined` when there is no such. */
  edit(id: string, word: Parameters<PresenceLog['edit']>[1]): Promise<PresenceInterval | undefined>
  /** The interval with this id. */
  downtime(id: string): Promise<PresenceInterval | undefined>
  start(): Promise<void>
  /** The fleet is about to go: whoever loses the line from now on is not away. */
  leave(): Promise<void>
  stop(): Promise<void>
}

/** Puts together what knows of presence; nothing happens before `start`. */
export const createPresence = (parts: PresenceParts): Presence => {
  const { database, clock, log, graceMs } = parts
  const villages = new StoredVillages(database)
  const store = new IntervalStore(database)
  const maintenance = new Maintenance(database, clock)
  const events = new EventLog(database, clock)
  const capabilities = new CapabilityLog(store)
  const runs = new FleetRuns(database, clock)
  const placeOf = (id: string, village = terminals.get(id)?.village ?? ''): Place => ({
    ...{ id, village, district: villages.districtOf(village) },
  })
  const presence = new PresenceLog({
    ...{ store, graceMs, rule: parts.regional },
    districtOf: (id) => placeOf(id).district,
    sizeOf: (district) =>
      terminals.list().filter(({ village }) => villages.districtOf(village) === district).length,
  })
  const terminals: Terminals = new Terminals({
    ...parts,
    presence,
    announced: ({ id, village }) => maintenance.holds(placeOf(id, village)),
    told: (id, reports) => capabilities.profile(id, reports, clock.now()),
  })
  const failed = (error: unknown) => log.error({ err: error }, 'presence could not be kept')
  const undo: (() => void)[] = []

  return {
    ...{ terminals, events, maintenance, villages },
    history: {
      presence: (terminal, from, until) => store.presence(terminal, from, until),
      capabilities: (terminal, from, until) => store.capabilities(terminal, from, until),
      maintenance: async (terminal, from, until) => {
        const place = placeOf(terminal)
        return (await maintenance.between(from, until)).filter((window) => isAbout(window, place))
      },
      fleetRuns: (from, until) => runs.between(from, until),
      watch: (onlooker) => presence.watch(onlooker),
      watchCapabilities: (onlooker) => capabilities.watch(onlooker),
    },
    edit: (id, word) => presence.edit(id, word),
    downtime: (id) => presence.find(id),
    async start() {
      await villages.start()
      await maintenance.start()
      await capabilities.start()
      await presence.start(clock.now(), await runs.start(failed))
      await terminals.start()
      presence.started()
      await store.flush()
      const forget = async () => {
        await store.forget(clock.now())
        await maintenance.forget()
        await runs.forget()
        await events.forget()
      }
      await forget()
      undo.push(
        clock.every(500, () => void store.flush().catch(failed)),
        clock.every(86_400_000, () => void forget().catch(failed)),
        events.watch((terminal, event) => {
          capabilities.event(terminal, event, clock.now())
          const { planned, sameBoot } = event.data
          if (event.type !== 'agent-started' || planned === undefined || sameBoot === undefined) return
          presence
            .agentStarted(terminal, event.run, { planned: planned === true, sameBoot: sameBoot === true })
            .catch(failed)
        }),
      )
    },
    async leave() {
      terminals.leave()
      await runs.mark()
    },
    async stop() {
      for (const end of undo.splice(0)) end()
      runs.stop()
      await terminals.stop()
      await store.flush()
    },
  }
}
