import { type Static, Type } from 'typebox'
import { Configuration } from '../../protocol/configuration.ts'
import { Timestamp } from '../../protocol/envelope.ts'
import { ConfigurationName, ReportedMessage } from '../../protocol/messages.ts'
import { deviceIdPattern } from '../../protocol/topics.ts'
import { driftReasons } from '../configuration/drift.ts'
import { scopes } from '../configuration/layers.ts'

const Version = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const Note = Type.String({ maxLength: 300 })

/** Where a layer lies and what it is about. */
export const LayerParams = Type.Object({
  scope: Type.Enum([...scopes]),
  name: Type.String({ minLength: 1, maxLength: 100 }),
})

/** One version of a layer. */
export const LayerVersion = Type.Object({
  scope: Type.Enum([...scopes]),
  name: Type.String(),
  version: Version,
  content: Type.Unknown({ description: 'A part of a configuration: what it names replaces what lies below' }),
  actor: Type.Optional(Type.String()),
  at: Type.Optional(Timestamp),
  note: Type.Optional(Type.String()),
})
export type LayerVersion = Static<typeof LayerVersion>

/** What differs: a JSON pointer (RFC 6901) and both sides; a side that lacks the value has none. */
export const Change = Type.Object({
  path: Type.String(),
  before: Type.Optional(Type.Unknown()),
  after: Type.Optional(Type.Unknown()),
})
export type Change = Static<typeof Change>

/** A version of a layer and what it changes at which terminals. */
export const LayerOutcome = Type.Object({
  layer: LayerVersion,
  terminals: Type.Array(Type.Object({ terminal: Type.String(), changes: Type.Array(Change) })),
})
export type LayerOutcome = Static<typeof LayerOutcome>

/** A new version of a layer; `version` is the one that the writer has seen, unless `If-Match` says it. */
export const LayerWrite = Type.Object(
  { content: Type.Unknown(), version: Type.Optional(Version), note: Type.Optional(Note) },
  { additionalProperties: false },
)

/** The wish to have an old version's content again. */
export const RollBack = Type.Object(
  { to: Version, version: Type.Optional(Version), note: Type.Optional(Note) },
  { additionalProperties: false },
)

/** Two versions to be compared. */
export const Comparison = Type.Object({ from: Version, to: Version })

export const ConfigurationGroup = Type.Object({ name: Type.String(), terminals: Type.Array(Type.String()) })
export type ConfigurationGroup = Static<typeof ConfigurationGroup>

/** The seat of a terminal in a group. */
export const MembershipParams = Type.Object({
  group: Type.String({ minLength: 1, maxLength: 60 }),
  terminal: Type.String({ pattern: deviceIdPattern }),
})

/** Which configuration a terminal should have, and which one it has. */
export const ConfigurationState = Type.Object({
  terminal: Type.String(),
  village: Type.String(),
  group: Type.Optional(Type.String()),
  ...ConfigurationName.properties,
  at: Timestamp,
  reported: Type.Optional(
    Type.Object({
      ...ConfigurationName.properties,
      status: ReportedMessage.properties.status,
      newest: ReportedMessage.properties.newest,
      errors: ReportedMessage.properties.errors,
      at: Timestamp,
    }),
  ),
  drift: Type.Optional(Type.Object({ since: Timestamp, reason: Type.Enum([...driftReasons]) })),
})
export type ConfigurationState = Static<typeof ConfigurationState>

/** The whole configuration of a terminal, and which layer gave each value. */
export const TerminalConfiguration = Type.Object({
  ...ConfigurationState.properties,
  desired: Configuration,
  origins: Type.Record(Type.String(), Type.String()),
})
export type TerminalConfiguration = Static<typeof TerminalConfiguration>

/** What a scan and a print of a terminal are that nobody says otherwise. */
export const CommandDefaults = Type.Pick(Configuration, ['scan', 'print'])
export type CommandDefaults = Static<typeof CommandDefaults>

/** A version of a terminal's document. */
export const DocumentVersion = Type.Object({ ...ConfigurationName.properties, at: Timestamp })
export type DocumentVersion = Static<typeof DocumentVersion>
