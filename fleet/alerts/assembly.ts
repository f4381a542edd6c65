import type { Logger } from 'pino'
import type { OpeningHours } from '../../protocol/opening-hours.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Presence } from '../terminals/presence-record.ts'
import { Alerts } from './alerts.ts'
import { Channels } from './channels/channels.ts'
import { Delivery } from './delivery.ts'
import { type Expiring, FleetHealth, type FleetHealthParts } from './fleet-health.ts'
import { Outbox } from './outbox.ts'
import { PlannedStops } from './planned.ts'
import { Rules } from './rules/rules.ts'

/** What alerts stand on. */
export interface AlertingParts {
  readonly database: Database
  /** The fleet's key, which seals the secrets of channels. */
  readonly key: Uint8Array
  readonly clock: Clock
  readonly log: Logger
  /** The folder whose disk is watched. */
  readonly folder: string
  readonly presence: {
    readonly terminals: Pick<Presence['terminals'], 'list' | 'get' | 'watch'>
    readonly history: Pick<Presence['history'], 'presence' | 'watch'>
    readonly maintenance: Pick<Presence['maintenance'], 'holds'>
    readonly villages: Pick<Presence['villages'], 'districtOf'>
  }
  readonly telemetry: Pick<Telemetry, 'latest' | 'watch'>
  /** When the shop of a terminal is open; may throw for one that is not known. */
  readonly hours: (terminal: string) => OpeningHours
  readonly expiring: () => readonly Expiring[]
  readonly space?: FleetHealthParts['space']
  /** Trusted by mail in place of the machine's own authorities, PEM. */
  readonly mailCa?: string
}

/** The alerts of a fleet, and what they are made of. */
export interface Alerting {
  readonly alerts: Alerts
  readonly rules: Rules
  readonly channels: Channels
  readonly delivery: Delivery
  readonly outbox: Outbox
  start(): Promise<void>
  stop(): Promise<void>
}

/** Puts the alerts together; nothing happens before `start`. */
export const createAlerting = (parts: AlertingParts): Alerting => {
  const { database, key, clock, log, presence, telemetry, mailCa } = parts
  const { terminals, villages, maintenance, history } = presence
  const rules = new Rules({ database, clock })
  const channels = new Channels({ database, clock, key })
  const outbox = new Outbox(database, clock)
  const planned = new PlannedStops(history, clock)
  const delivery: Delivery = new Delivery({
    ...{ channels, outbox, clock, log },
    health: (channel, failing, text) =>
      alerts.condition('channel-failing', `channel:${channel}`, failing, text && `${channel}: ${text}`),
    ...(mailCa === undefined ? {} : { ca: mailCa }),
  })
  const alerts: Alerts = new Alerts({
    ...{ database, clock, log, rules, outbox, terminals, villages, telemetry },
    posted: () => delivery.look(),
    circumstances: {
      maintenance: (id) => {
        const village = terminals.get(id)?.village ?? ''
        return maintenance.holds({ id, village, district: villages.districtOf(village) })
      },
      plannedSince: (id) => planned.since(id),
      hours: (id) => (terminals.get(id) ? parts.hours(id) : undefined),
    },
  })
  const health = new FleetHealth({
    ...{ clock, log, folder: parts.folder, expiring: parts.expiring },
    ...(parts.space === undefined ? {} : { space: parts.space }),
    tell: (...told) => alerts.condition(...told),
    remembered: (name) => alerts.remembered(name),
  })
  return {
    ...{ alerts, rules, channels, delivery, outbox },
    async start() {
      await rules.start()
      await channels.start()
      await planned.start(terminals.list().map(({ id }) => id))
      await alerts.start()
      await health.start()
      delivery.start()
    },
    async stop() {
      health.stop()
      planned.stop()
      await alerts.stop()
      await delivery.stop()
      await alerts.idle()
    },
  }
}
