import { type Static, Type } from 'typebox'
import { ScannedPage } from '../../protocol/capabilities/scanner.ts'
import { Timestamp, Uuid } from '../../protocol/envelope.ts'
import { CommandErrorSchema } from '../../protocol/errors.ts'
import { CapabilityReport, CommandState, ProfileMessage, Progress } from '../../protocol/messages.ts'

/** Whether a terminal is there, as list, API and alerts all say it. */
export const TerminalState = Type.Enum([
  'online',
  'reduced',
  'suspect',
  'offline',
  'maintenance',
  'never-seen',
  'retired',
])
export type TerminalState = Static<typeof TerminalState>

/** A name and a password. */
export const SignIn = Type.Object(
  { user: Type.String({ maxLength: 40 }), password: Type.String({ maxLength: 200 }) },
  { additionalProperties: false },
)
export type SignIn = Static<typeof SignIn>

/** Who is signed in. */
export const Session = Type.Object({
  user: Type.String(),
  role: Type.Enum(['expert', 'operator', 'technician', 'admin', 'auditor']),
  /** The villages that one sees; `null` for all. */
  villages: Type.Optional(Type.Union([Type.Null(), Type.Array(Type.String())])),
  /** What comes before anything else: a new password, or setting up a second factor. */
  owes: Type.Optional(Type.Union([Type.Null(), Type.Enum(['code', 'password', 'second-factor'])])),
})
export type Session = Static<typeof Session>

/** A key with which the fleet signs. `retired`: it signs no more, what it signed is still believed. */
export const SigningKeyNews = Type.Object({
  id: Type.String(),
  state: Type.Enum(['announced', 'signing', 'retired']),
  createdAt: Timestamp,
  signsFrom: Timestamp,
})
export type SigningKeyNews = Static<typeof SigningKeyNews>

/** One terminal as people and programs see it. */
export const Terminal = Type.Object({
  id: Type.String(),
  village: Type.String(),
  state: TerminalState,
  since: Timestamp,
  agent: Type.Optional(Type.String()),
  capabilities: Type.Record(Type.String(), CapabilityReport),
  /** The firmware profiles that it uses, and whether something is there that none knows. */
  profiles: Type.Optional(ProfileMessage.properties.profiles),
})
export type Terminal = Static<typeof Terminal>

/** A wish to run a command. */
export const CommandRequest = Type.Object(
  {
    name: Type.String({ maxLength: 60 }),
    input: Type.Unknown(),
    expiresInMs: Type.Optional(Type.Integer({ minimum: 1000, maximum: 86_400_000 })),
    idempotencyKey: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  },
  { additionalProperties: false },
)
export type CommandRequest = Static<typeof CommandRequest>

/** One command and where it stands. */
export const Command = Type.Object({
  id: Uuid,
  terminal: Type.String(),
  name: Type.String(),
  input: Type.Unknown(),
  state: CommandState,
  actor: Type.String(),
  issuedAt: Timestamp,
  expiresAt: Timestamp,
  updatedAt: Timestamp,
  progress: Type.Optional(Progress),
  /** Pages of a scan that are finished so far. */
  pages: Type.Array(ScannedPage),
  result: Type.Optional(Type.Unknown()),
  error: Type.Optional(CommandErrorSchema),
  /** When somebody asked to stop it. */
  cancelledAt: Type.Optional(Timestamp),
  /** Another outcome that the terminal named after this one was settled; it changes nothing. */
  late: Type.Optional(
    Type.Object({ state: CommandState, at: Timestamp, result: Type.Optional(Type.Unknown()) }),
  ),
})
export type Command = Static<typeof Command>

/** The answer to a wish: follow the command by its id. */
export const CommandAccepted = Type.Object({ id: Uuid, state: CommandState })
export type CommandAccepted = Static<typeof CommandAccepted>

/** A file that the fleet holds. */
export const Artefact = Type.Object({
  id: Uuid,
  kind: Type.Enum(['page', 'document', 'diagnostics', 'acceptance']),
  mediaType: Type.String(),
  bytes: Type.Integer(),
  sha256: Type.String(),
  createdAt: Timestamp,
  /** When it will be erased by itself. */
  erasedAt: Timestamp,
  /** Pages of a document, where it has any. */
  pages: Type.Optional(Type.Integer()),
  command: Type.Optional(Uuid),
})
export type Artefact = Static<typeof Artefact>

/** Pages in the order in which they shall stand in one PDF; `rotate` is clockwise. */
export const Composition = Type.Object(
  {
    pages: Type.Array(
      Type.Object(
        { artefact: Uuid, rotate: Type.Optional(Type.Enum([0, 90, 180, 270])) },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 500 },
    ),
    searchable: Type.Optional(Type.Boolean({ description: 'Adds a text layer (Russian and Tatar)' })),
  },
  { additionalProperties: false },
)
export type Composition = Static<typeof Composition>

/** One band of a running scan, for a picture that grows. `jpeg` is base64. */
export const Band = Type.Object({
  page: Type.Integer(),
  top: Type.Integer(),
  width: Type.Integer(),
  height: Type.Integer(),
  pageHeight: Type.Optional(Type.Integer()),
  jpeg: Type.String(),
})
export type Band = Static<typeof Band>

/** The closed list of `code` in problem documents (RFC 9457). */
export const problemCodes = [
  'not-signed-in',
  'not-allowed',
  'wrong-secret',
  'confirm-needed',
  'password-outdated',
  'second-factor-missing',
  'not-found',
  'invalid',
  'weak-password',
  'unsupported-media-type',
  'too-large',
  'document-encrypted',
  'document-damaged',
  'document-too-large',
  'conflict',
  'rate-limited',
  'timed-out',
  'erased',
  'not-ready',
  'range-not-satisfiable',
  'unavailable',
  'internal',
] as const
export type ProblemCode = (typeof problemCodes)[number]

/** An error of the API (RFC 9457); `type` is `/problems/<code>`. */
export const Problem = Type.Object({
  type: Type.String(),
  code: Type.Enum([...problemCodes]),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.Optional(Type.String()),
  /** What is wrong at which place of what was sent: a JSON pointer (RFC 6901) and short English. */
  errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), text: Type.String() }))),
})
export type Problem = Static<typeof Problem>
