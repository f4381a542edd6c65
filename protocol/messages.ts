import { type Static, Type } from 'typebox'
import { PrinterDescription } from './capabilities/printer.ts'
import { ScannedPage, ScannerDescription } from './capabilities/scanner.ts'
import { downBody, Timestamp, Uuid, upBody } from './envelope.ts'
import { CommandErrorSchema } from './errors.ts'
import { Signature } from './signing.ts'

/** `dn/cmd/<id>`: one request to a capability. `input` is checked against the command's own schema. */
export const CommandMessage = downBody({
  id: Uuid,
  name: Type.String({ maxLength: 60 }),
  input: Type.Unknown(),
  issuedAt: Timestamp,
  expiresAt: Timestamp,
  deadlineMs: Type.Integer({ minimum: 1, maximum: 86_400_000 }),
  actor: Type.String({ maxLength: 100, description: 'Who asked, as an id, never a name' }),
  visit: Type.Optional(Type.String({ maxLength: 64 })),
  signature: Type.Optional(Signature),
})
export type CommandMessage = Static<typeof CommandMessage>

/** `dn/cancel/<id>`: the request to stop a command. */
export const CancelMessage = downBody({ id: Uuid, signature: Type.Optional(Signature) })
export type CancelMessage = Static<typeof CancelMessage>

/** The states in which a command ends. */
export const finalStates = ['succeeded', 'failed', 'rejected', 'expired', 'cancelled', 'unknown'] as const
export type FinalState = (typeof finalStates)[number]

/** Every state of a command, in the order of its life. */
export const commandStates = ['queued', 'sent', 'received', 'running', ...finalStates] as const
export type CommandState = (typeof commandStates)[number]
export const CommandState = Type.Enum([...commandStates])

/** Whether a command in this state is over. */
export const isFinal = (state: CommandState): state is FinalState =>
  (finalStates as readonly CommandState[]).includes(state)

/** How far a running command is. */
export const Progress = Type.Object(
  {
    step: Type.Enum(['waiting', 'fetching', 'converting', 'scanning', 'cleaning', 'uploading', 'printing']),
    percent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
    page: Type.Optional(Type.Integer({ minimum: 1 })),
    /** Pages in all, where the device or the document tells. */
    of: Type.Optional(Type.Integer({ minimum: 1 })),
    /** A page that has just been finished; its preview can be fetched at once. */
    finished: Type.Optional(ScannedPage),
    /** What the printer complains of while the job stands still, as `printer-state-reasons` keywords. */
    reasons: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 20 })),
  },
  { additionalProperties: false },
)
export type Progress = Static<typeof Progress>

/** `up/cmd/<id>`: the terminal's word on a command. A final state comes with `result` or `error`. */
export const CommandReport = upBody({
  id: Uuid,
  state: Type.Enum(['received', 'running', ...finalStates]),
  progress: Type.Optional(Progress),
  result: Type.Optional(Type.Unknown()),
  error: Type.Optional(CommandErrorSchema),
  repeated: Type.Optional(
    Type.Boolean({ description: 'The id was known already; this is the stored outcome' }),
  ),
})
export type CommandReport = Static<typeof CommandReport>

/** `up/presence`, also the will: `connection` grows with each connection, so that a late will is ignored. */
export const PresenceMessage = upBody({
  state: Type.Enum(['online', 'bye', 'lost']),
  connection: Type.Integer({ minimum: 0 }),
  reason: Type.Optional(Type.Enum(['shutdown', 'restart', 'update', 'maintenance'])),
  agent: Type.Optional(Type.String({ maxLength: 40 })),
  stalledMs: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'How long the agent itself stood still since it was last there, by its monotonic clock',
    }),
  ),
})
export type PresenceMessage = Static<typeof PresenceMessage>

/** What one capability can do; `present` is false where the device is missing. */
export const CapabilityReport = Type.Object(
  {
    present: Type.Boolean(),
    ok: Type.Boolean(),
    detail: Type.Optional(Type.String({ maxLength: 200 })),
    scanner: Type.Optional(ScannerDescription),
    printer: Type.Optional(PrinterDescription),
  },
  { additionalProperties: false },
)
export type CapabilityReport = Static<typeof CapabilityReport>

/** `up/profile`: profiles in use, capabilities with limits, versions. */
export const ProfileMessage = upBody({
  village: Type.Optional(Type.String({ maxLength: 100 })),
  profiles: Type.Object(
    {
      terminal: Type.String({ maxLength: 100 }),
      mfp: Type.Optional(Type.String({ maxLength: 100 })),
      /** Something is there that no profile knows. */
      unknown: Type.Optional(Type.Boolean()),
      /** The description of what is not known, brought to the fleet under this SHA-256. */
      description: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
      /** The edition that was chosen from, and why the one that was wanted was not. */
      edition: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
      refused: Type.Optional(Type.String({ maxLength: 200 })),
    },
    { additionalProperties: false },
  ),
  capabilities: Type.Object(
    {
      scanner: Type.Optional(CapabilityReport),
      printer: Type.Optional(CapabilityReport),
      copier: Type.Optional(CapabilityReport),
      terminal: Type.Optional(CapabilityReport),
      camera: Type.Optional(CapabilityReport),
      /** The kiosk's browser. */
      screen: Type.Optional(CapabilityReport),
    },
    { additionalProperties: false },
  ),
  versions: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$' }), Type.String({ maxLength: 60 }), {
    maxProperties: 20,
    // A record says nothing of names that do not fit its pattern.
    additionalProperties: false,
  }),
})
export type ProfileMessage = Static<typeof ProfileMessage>

/** `up/event`: a thing that happened, with an id; sent until the fleet has it. */
export const EventMessage = upBody({
  id: Uuid,
  type: Type.Enum([
    'command-outcome',
    'device-fault',
    'device-recovered',
    'agent-started',
    'artefact-lost',
    'message-refused',
    'selftest',
  ]),
  at: Timestamp,
  data: Type.Record(
    Type.String({ pattern: '^[a-z][A-Za-z0-9]{0,39}$' }),
    Type.Union([Type.String({ maxLength: 300 }), Type.Number(), Type.Boolean()]),
    { maxProperties: 20, additionalProperties: false },
  ),
})
export type EventMessage = Static<typeof EventMessage>

/** `up/tele`: packed vitals; the metrics are named once and their samples follow in the same order. */
export const TelemetryMessage = upBody({
  metrics: Type.Array(Type.String({ pattern: '^[a-z][a-z0-9_]{0,39}$' }), { maxItems: 40 }),
  samples: Type.Array(
    Type.Object(
      { at: Timestamp, values: Type.Array(Type.Union([Type.Number(), Type.Null()]), { maxItems: 40 }) },
      { additionalProperties: false },
    ),
    { maxItems: 100 },
  ),
})
export type TelemetryMessage = Static<typeof TelemetryMessage>

/** The longest line of a log that is shown, in characters. */
export const maxLogLine = 2000

/** `up/log`: lines of the log for whoever follows a `terminal.logs`, only while it runs. */
export const LogMessage = upBody({
  /** The command that asked for them. */
  id: Uuid,
  /** JSON documents as the log holds them, the oldest first, without personal data and secrets; long ones are cut. */
  lines: Type.Array(Type.String({ maxLength: maxLogLine }), { maxItems: 100 }),
})
export type LogMessage = Static<typeof LogMessage>

/** `dn/desired`: the whole configuration that Kazan wants. */
export const DesiredMessage = downBody({
  version: Type.Integer({ minimum: 0 }),
  hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  config: Type.Unknown(),
  signature: Type.Optional(Signature),
})
export type DesiredMessage = Static<typeof DesiredMessage>

/** One document of the configuration, named by its version and the SHA-256 of its canonical text. */
export const ConfigurationName = Type.Object(
  { version: Type.Integer({ minimum: 0 }), hash: Type.String({ pattern: '^[0-9a-f]{64}$' }) },
  { additionalProperties: false },
)
export type ConfigurationName = Static<typeof ConfigurationName>

/** What became of the newest configuration that a terminal was asked for. */
export const reportedStatuses = ['applied', 'trial', 'rejected', 'rolledback'] as const
export type ReportedStatus = (typeof reportedStatuses)[number]

/**
 * `up/reported`: the configuration that the terminal has. `version` and `hash` name the one it runs by, version 0 that
 * it has none of the fleet's; `newest`, `status` and `errors` are about the newest one that it was asked for.
 */
export const ReportedMessage = upBody({
  ...ConfigurationName.properties,
  status: Type.Optional(Type.Enum([...reportedStatuses])),
  newest: Type.Optional(ConfigurationName),
  errors: Type.Array(
    Type.Object(
      { path: Type.String({ maxLength: 200 }), text: Type.String({ maxLength: 300 }) },
      { additionalProperties: false },
    ),
    { maxItems: 50 },
  ),
})
export type ReportedMessage = Static<typeof ReportedMessage>

/** `dn/probe`: has no meaning; whoever is there acknowledges it. */
export const ProbeMessage = Type.Object({}, { additionalProperties: false })
export type ProbeMessage = Static<typeof ProbeMessage>
