import { type Static, Type } from 'typebox'
import { defineCommands } from '../command-spec.ts'
import { Duplex } from './printer.ts'
import { ScanMode, ScanSource } from './scanner.ts'

export const CopyInput = Type.Object(
  {
    source: ScanSource,
    copies: Type.Optional(Type.Integer({ minimum: 1, maximum: 99 })),
    mode: Type.Optional(ScanMode),
    duplex: Type.Optional(Duplex),
  },
  { additionalProperties: false },
)
export type CopyInput = Static<typeof CopyInput>

export const CopyOutput = Type.Object(
  {
    pages: Type.Integer({ minimum: 0, description: 'Pages scanned' }),
    impressions: Type.Integer({ minimum: 0, description: 'Sides printed' }),
  },
  { additionalProperties: false },
)
export type CopyOutput = Static<typeof CopyOutput>

export const copierCommands = defineCommands({
  'copier.copy': {
    summary: 'Scan the glass or the feeder and print it at once; the pages stay on the terminal',
    input: CopyInput,
    output: CopyOutput,
    effect: 'once',
    lanes: ['scanner', 'printer'],
    whenBusy: 'refuse',
    expiresInMs: 120_000,
    deadlineMs: 1_800_000,
  },
})
