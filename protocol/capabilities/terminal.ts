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

export const terminalCommands = defineCommands({
  'terminal.restart': {
    summary: 'Restart the agent, or the whole machine',
    input: Type.Object(
      { what: Type.Optional(Type.Enum(['agent', 'machine'])) },
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
})
