import { type Static, Type } from 'typebox'
import { defineCommands } from '../command-spec.ts'
import { Uuid } from '../envelope.ts'

const Nothing = Type.Object({}, { additionalProperties: false })

export const SelfTestOutput = Type.Object(
  {
    ok: Type.Boolean(),
    checks: Type.Array(
      Type.Object(
        { name: Type.String({ maxLength: 40 }), ok: Type.Boolean(), detail: Type.String({ maxLength: 500 }) },
        { additionalProperties: false },
      ),
      { maxItems: 50 },
    ),
  },
  { additionalProperties: false },
)
export type SelfTestOutput = Static<typeof SelfTestOutput>

/** The levels of the log that can be asked for; each holds those after it. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

export const LogsInput = Type.Object(
  {
    seconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 600,
        description: 'After so long it ends by itself; 300 unless told',
      }),
    ),
    level: Type.Optional(Type.Enum([...logLevels])),
  },
  { additionalProperties: false },
)
export type LogsInput = Static<typeof LogsInput>

export const terminalCommands = defineCommands({
  'terminal.restart': {
    summary: "Restart the agent, the kiosk's browser, or the whole machine",
    input: Type.Object(
      { what: Type.Optional(Type.Enum(['agent', 'machine', 'kiosk'])) },
      { additionalProperties: false },
    ),
    output: Nothing,
    effect: 'once',
    lanes: ['terminal'],
    whenBusy: 'refuse',
    expiresInMs: 60_000,
    deadlineMs: 30_000,
  },
  'terminal.selftest': {
    summary: 'Check every capability and say what was seen',
    input: Nothing,
    output: SelfTestOutput,
    effect: 'none',
    lanes: ['terminal'],
    whenBusy: 'wait',
    expiresInMs: 120_000,
    deadlineMs: 60_000,
  },
  'terminal.diagnostics': {
    summary: 'Collect logs, versions and device descriptions into one file, without personal data',
    input: Nothing,
    output: Type.Object({ bundle: Uuid }, { additionalProperties: false }),
    effect: 'repeatable',
    lanes: ['terminal'],
    whenBusy: 'wait',
    expiresInMs: 120_000,
    deadlineMs: 120_000,
  },
  'terminal.logs': {
    summary: 'Show the newest log lines and those that follow, without personal data, while somebody looks',
    input: LogsInput,
    output: Type.Object(
      {
        lines: Type.Integer({ minimum: 0 }),
        skipped: Type.Integer({ minimum: 0, description: 'Lines beyond what the line may be used for' }),
      },
      { additionalProperties: false },
    ),
    effect: 'none',
    lanes: [],
    whenBusy: 'wait',
    expiresInMs: 60_000,
    deadlineMs: 630_000,
  },
})
