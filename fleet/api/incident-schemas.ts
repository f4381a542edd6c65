import { type Static, Type } from 'typebox'
import { Timestamp } from '../../protocol/envelope.ts'
import { metricNames } from '../../protocol/vitals.ts'

const closed = { additionalProperties: false } as const
const Optional = Type.Optional

export const Severity = Type.Enum(['page', 'warn', 'info'])
export type Severity = Static<typeof Severity>

const Text = Type.Object({ ru: Type.String(), tt: Type.String(), en: Type.String() }, closed)

/** When something is worth a person's time. */
export const AlertRule = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$' }),
    enabled: Type.Boolean(),
    title: Text,
    /** What to do, step by step, for whoever gets it. */
    runbook: Text,
    severity: Severity,
    /** What is watched: a terminal's state, a capability, a metric, or a sign of the fleet itself. */
    when: Type.Union([
      Type.Object({ state: Type.Array(Type.Enum(['reduced', 'suspect', 'offline'])) }, closed),
      Type.Object({ capability: Type.String({ maxLength: 40 }) }, closed),
      Type.Object(
        {
          metric: Type.Enum([...metricNames]),
          above: Optional(Type.Number()),
          below: Optional(Type.Number()),
          /** How far it has to come back before it is over. */
          hysteresis: Type.Number({ minimum: 0 }),
        },
        closed,
      ),
      Type.Object({ event: Type.String({ maxLength: 40 }) }, closed),
    ]),
    /** How long it has to last before anyone hears of it, and be gone before it is over. */
    graceSeconds: Type.Integer({ minimum: 0, maximum: 86_400 }),
    clearSeconds: Type.Integer({ minimum: 0, maximum: 86_400 }),
    /** So many changes in so long are one flapping incident. */
    flapping: Type.Object(
      { changes: Type.Integer({ minimum: 2 }), seconds: Type.Integer({ minimum: 60 }) },
      closed,
    ),
    shopHoursOnly: Type.Boolean(),
    /** So many terminals of one district at once are one incident of the district. */
    district: Optional(
      Type.Object(
        { terminals: Type.Integer({ minimum: 2 }), seconds: Type.Integer({ minimum: 10 }) },
        closed,
      ),
    ),
    /** Names of channels. */
    notify: Type.Array(Type.String({ maxLength: 40 }), { maxItems: 20 }),
    /** Again after so long while nobody has taken it; 0 for never. */
    remindSeconds: Type.Integer({ minimum: 0, maximum: 86_400 }),
  },
  closed,
)
export type AlertRule = Static<typeof AlertRule>

/** A rule, and whether people changed it: `release` is as it came, with version 0 until somebody touched it. */
export const AlertRuleView = Type.Object({
  ...AlertRule.properties,
  origin: Type.Enum(['release', 'fleet']),
  version: Type.Integer({ minimum: 0 }),
})
export type AlertRuleView = Static<typeof AlertRuleView>

export const IncidentState = Type.Enum(['open', 'acknowledged', 'resolved'])

/** Something that needs a person, or needed one. */
export const Incident = Type.Object({
  id: Type.String(),
  rule: Type.String(),
  title: Text,
  severity: Severity,
  state: IncidentState,
  /** The terminals, one or all of a district. */
  terminals: Type.Array(Type.String()),
  villages: Type.Array(Type.String()),
  district: Optional(Type.String()),
  openedAt: Timestamp,
  /** When what it is about was over; it may still wait for a person. */
  clearedAt: Optional(Timestamp),
  acknowledgedAt: Optional(Timestamp),
  acknowledgedBy: Optional(Type.String()),
  assignee: Optional(Type.String()),
  resolvedAt: Optional(Timestamp),
  resolvedBy: Optional(Type.String()),
  flapping: Type.Boolean(),
  detail: Optional(Type.String()),
  notes: Type.Array(Type.Object({ at: Timestamp, by: Type.String(), text: Type.String() })),
})
export type Incident = Static<typeof Incident>

export const IncidentAct = Type.Union([
  Type.Object({ act: Type.Enum(['acknowledge']) }, closed),
  Type.Object({ act: Type.Enum(['assign']), assignee: Type.String({ maxLength: 40 }) }, closed),
  Type.Object({ act: Type.Enum(['note']), text: Type.String({ minLength: 1, maxLength: 1000 }) }, closed),
  Type.Object({ act: Type.Enum(['resolve']), text: Optional(Type.String({ maxLength: 1000 })) }, closed),
])
export type IncidentAct = Static<typeof IncidentAct>

/** Somebody who deals with incidents; `id` is that of the actor, as it stands beside what was done. */
export const Colleague = Type.Object({ id: Type.String(), name: Type.String() })
export type Colleague = Static<typeof Colleague>

/** Where alerts go. Secrets are taken in and never given out. */
export const Channel = Type.Union([
  Type.Object(
    {
      name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$' }),
      kind: Type.Enum(['email']),
      to: Type.Array(Type.String({ maxLength: 200 }), { minItems: 1, maxItems: 20 }),
      from: Type.String({ maxLength: 200 }),
      host: Type.String({ maxLength: 255 }),
      port: Type.Integer({ minimum: 1, maximum: 65_535 }),
      secure: Type.Enum(['tls', 'starttls', 'none']),
      user: Optional(Type.String({ maxLength: 200 })),
      password: Optional(Type.String({ maxLength: 200 })),
      language: Type.Enum(['ru', 'tt', 'en']),
    },
    closed,
  ),
  Type.Object(
    {
      name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$' }),
      kind: Type.Enum(['webhook']),
      url: Type.String({ pattern: '^https?://', maxLength: 500 }),
      /** Signs each body (HMAC-SHA-256). */
      secret: Optional(Type.String({ minLength: 8, maxLength: 200 })),
    },
    closed,
  ),
  Type.Object(
    { name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$' }), kind: Type.Enum(['browser']) },
    closed,
  ),
])
export type Channel = Static<typeof Channel>

/** A channel without its secret, and how it goes with it. */
export const ChannelView = Type.Object({
  name: Type.String(),
  kind: Type.Enum(['email', 'webhook', 'browser']),
  to: Type.Optional(Type.Array(Type.String())),
  from: Type.Optional(Type.String()),
  host: Type.Optional(Type.String()),
  port: Type.Optional(Type.Integer()),
  secure: Type.Optional(Type.Enum(['tls', 'starttls', 'none'])),
  user: Type.Optional(Type.String()),
  language: Type.Optional(Type.Enum(['ru', 'tt', 'en'])),
  url: Type.Optional(Type.String()),
  /** Whether there is a password or a secret. */
  hasSecret: Type.Boolean(),
  deliveredAt: Type.Optional(Timestamp),
  /** Since when nothing gets through, and why. */
  failingSince: Type.Optional(Timestamp),
  failure: Type.Optional(Type.String()),
})
export type ChannelView = Static<typeof ChannelView>

/** What came of a test. */
export const ChannelTest = Type.Object({
  delivered: Type.Boolean(),
  /** What happened, in short English. */
  text: Type.String(),
})
export type ChannelTest = Static<typeof ChannelTest>
