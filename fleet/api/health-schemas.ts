import { type Static, Type } from 'typebox'
import { Timestamp } from '../../protocol/envelope.ts'
import { metricNames } from '../../protocol/vitals.ts'
import { downtimeReasons } from '../terminals/history.ts'
import { TerminalState } from './schemas.ts'

const closed = { additionalProperties: false } as const
const Optional = Type.Optional

export const DowntimeReason = Type.Enum([...downtimeReasons])

/** A time in which a terminal was in one state. */
export const PresenceInterval = Type.Object({
  id: Type.String(),
  state: TerminalState,
  from: Timestamp,
  /** Not there while it lasts. */
  until: Optional(Timestamp),
  reason: Optional(DowntimeReason),
  judgedBy: Optional(Type.Enum(['terminal', 'neighbours', 'person'])),
  note: Optional(Type.String()),
  /** The fleet itself was not there from `from` to then: how much of it the terminal was away is not known. */
  unseenUntil: Optional(Timestamp),
  /** The regional outage that it is part of; the same for all that went together. */
  outage: Optional(Type.String()),
})
export type PresenceInterval = Static<typeof PresenceInterval>

/** A thing that happened on a terminal; `at` is by its own clock, `receivedAt` by the fleet's. */
export const TerminalEvent = Type.Object({
  id: Type.String(),
  type: Type.String(),
  at: Timestamp,
  receivedAt: Timestamp,
  data: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
})
export type TerminalEvent = Static<typeof TerminalEvent>

/** What a person says of a downtime. */
export const DowntimeEdit = Type.Object(
  { reason: Optional(DowntimeReason), note: Optional(Type.String({ maxLength: 500 })) },
  closed,
)
export type DowntimeEdit = Static<typeof DowntimeEdit>

export const MaintenanceWish = Type.Object(
  {
    about: Type.Enum(['terminal', 'village', 'district', 'fleet']),
    name: Type.String({ maxLength: 100 }),
    from: Timestamp,
    until: Timestamp,
    note: Type.String({ maxLength: 500 }),
  },
  closed,
)
export type MaintenanceWish = Static<typeof MaintenanceWish>
export const MaintenanceWindow = Type.Object({
  id: Type.String(),
  ...MaintenanceWish.properties,
  createdBy: Type.String(),
})
export type MaintenanceWindow = Static<typeof MaintenanceWindow>

/** One metric over time. Values in the unit of `protocol/vitals.ts`. */
export const VitalsSeries = Type.Object({
  metric: Type.Enum([...metricNames]),
  unit: Type.String(),
  points: Type.Array(
    Type.Object({ at: Timestamp, min: Type.Number(), average: Type.Number(), max: Type.Number() }),
  ),
})
export type VitalsSeries = Static<typeof VitalsSeries>

/** The newest value of each metric that a terminal has told, by the metric's name. */
export const VitalsNow = Type.Record(Type.String(), Type.Object({ value: Type.Number(), at: Timestamp }))
export type VitalsNow = Static<typeof VitalsNow>

/** What availability is asked of: a capability, `presence` (the terminal answers), or `all` functions at once. */
export const AvailabilityRow = Type.Object({
  /** The terminal's id, the district's name, or `fleet`. */
  key: Type.String(),
  village: Optional(Type.String()),
  district: Optional(Type.String()),
  capability: Type.String(),
  /** The day (RFC 3339 full-date), ISO week (2026-W47) or month (2026-11) it is about; the whole range without it. */
  period: Optional(Type.String()),
  /** Shop hours in the range, in seconds, summed over terminals. */
  openSeconds: Type.Number(),
  /** Of those, announced as maintenance, which count neither way. */
  maintenanceSeconds: Type.Number(),
  upSeconds: Type.Number(),
  /** up / (open - maintenance); not there when there was nothing to count. */
  share: Optional(Type.Number()),
})
export type AvailabilityRow = Static<typeof AvailabilityRow>

export const Availability = Type.Object({
  from: Timestamp,
  until: Timestamp,
  rows: Type.Array(AvailabilityRow),
  /** Mean times in seconds and shares over the range; not there when there was nothing to count. */
  detectSeconds: Optional(Type.Number()),
  repairSeconds: Optional(Type.Number()),
  remoteFixShare: Optional(Type.Number()),
})
export type Availability = Static<typeof Availability>

/** One downtime of a terminal or a capability; `openSeconds` is its part in shop hours. */
export const Downtime = Type.Object({
  id: Type.String(),
  terminal: Type.String(),
  village: Type.String(),
  district: Type.String(),
  capability: Type.String(),
  from: Timestamp,
  until: Optional(Timestamp),
  openSeconds: Type.Number(),
  reason: DowntimeReason,
  note: Optional(Type.String()),
  /** Ended by a command from afar and no person on the way. */
  fixedRemotely: Optional(Type.Boolean()),
})
export type Downtime = Static<typeof Downtime>

/** Something that will run out. */
export const Forecast = Type.Object({
  terminal: Type.String(),
  village: Type.String(),
  what: Type.Enum(['paper', 'toner', 'disk', 'certificate']),
  /** What is left, a share of 1; not there for a certificate. */
  left: Optional(Type.Number()),
  daysLeft: Type.Number(),
})
export type Forecast = Static<typeof Forecast>

/** A village where nobody and nothing has shown that the terminal serves. */
export const SilentVillage = Type.Object({
  village: Type.String(),
  terminal: Type.String(),
  /** The last command that succeeded or self-test that passed; not there when there was none. */
  since: Optional(Timestamp),
  days: Type.Number(),
})
export type SilentVillage = Static<typeof SilentVillage>

export const Village = Type.Object({
  name: Type.String({ maxLength: 100 }),
  district: Type.String({ maxLength: 100 }),
  latitude: Optional(Type.Number({ minimum: -90, maximum: 90 })),
  longitude: Optional(Type.Number({ minimum: -180, maximum: 180 })),
})
export type Village = Static<typeof Village>

/** What the fleet looks like in the morning. */
export const Morning = Type.Object({
  /** Yesterday, in the fleet's zone. */
  from: Timestamp,
  until: Timestamp,
  terminals: Type.Array(
    Type.Object({
      terminal: Type.String(),
      village: Type.String(),
      district: Type.String(),
      state: TerminalState,
      since: Timestamp,
      reason: Optional(DowntimeReason),
      /** Yesterday's shares by capability, and `all`. */
      shares: Type.Record(Type.String(), Type.Number()),
      /** The newest fault in words of the device, where there is one now. */
      detail: Optional(Type.String()),
      changedOvernight: Type.Array(Type.Enum(['configuration', 'agent', 'restart', 'devices'])),
    }),
  ),
  fleet: Type.Object({
    all: Optional(Type.Number()),
    presence: Optional(Type.Number()),
    remoteFixShare: Optional(Type.Number()),
    detectSeconds: Optional(Type.Number()),
    repairSeconds: Optional(Type.Number()),
  }),
  forecasts: Type.Array(Forecast),
  silent: Type.Array(SilentVillage),
})
export type Morning = Static<typeof Morning>
