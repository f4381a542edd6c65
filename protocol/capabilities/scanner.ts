import { type Static, Type } from 'typebox'
import { defineCommands } from '../command-spec.ts'
import { Uuid } from '../envelope.ts'

export const ScanSource = Type.Enum(['flatbed', 'feeder'])
export type ScanSource = Static<typeof ScanSource>

export const ScanMode = Type.Enum(['colour', 'grey', 'blackwhite'])
export type ScanMode = Static<typeof ScanMode>

export const ScanFormat = Type.Enum(['pdf', 'jpeg', 'png', 'tiff'])
export type ScanFormat = Static<typeof ScanFormat>

const Millimetres = Type.Number({ minimum: 0, maximum: 500 })

/** A part of the glass, in millimetres from its top left corner. */
export const ScanArea = Type.Object(
  {
    x: Millimetres,
    y: Millimetres,
    width: Type.Number({ exclusiveMinimum: 0, maximum: 500 }),
    height: Type.Number({ exclusiveMinimum: 0, maximum: 500 }),
  },
  { additionalProperties: false },
)
export type ScanArea = Static<typeof ScanArea>

/** One scanned page: the artefact with its pixels, and its size in pixels. */
export const ScannedPage = Type.Object(
  {
    artefact: Uuid,
    width: Type.Integer({ minimum: 1 }),
    height: Type.Integer({ minimum: 1 }),
    dpi: Type.Integer({ minimum: 1 }),
    blank: Type.Optional(Type.Boolean({ description: 'The page seems to hold nothing' })),
    skew: Type.Optional(
      Type.Number({ description: 'Degrees by which the page was turned to stand straight' }),
    ),
  },
  { additionalProperties: false },
)
export type ScannedPage = Static<typeof ScannedPage>

/** What one source of a scanner can do; lengths in millimetres. */
export const ScanSourceLimits = Type.Object(
  {
    source: ScanSource,
    dpi: Type.Array(Type.Integer({ minimum: 1 }), { maxItems: 64 }),
    modes: Type.Array(ScanMode, { maxItems: 3 }),
    width: Type.Number({ minimum: 0 }),
    height: Type.Number({ minimum: 0 }),
  },
  { additionalProperties: false },
)
export type ScanSourceLimits = Static<typeof ScanSourceLimits>

/** What a scanner says it is and can do. */
export const ScannerDescription = Type.Object(
  {
    vendor: Type.String({ maxLength: 200 }),
    model: Type.String({ maxLength: 200 }),
    driver: Type.String({ maxLength: 40 }),
    sources: Type.Array(ScanSourceLimits, { maxItems: 4 }),
  },
  { additionalProperties: false },
)
export type ScannerDescription = Static<typeof ScannerDescription>

export const ScanInput = Type.Object(
  {
    source: ScanSource,
    dpi: Type.Optional(Type.Integer({ minimum: 75, maximum: 600 })),
    mode: Type.Optional(ScanMode),
    area: Type.Optional(ScanArea),
    format: Type.Optional(ScanFormat),
    clean: Type.Optional(
      Type.Boolean({
        description: 'Straighten and crop the page and raise its contrast; false leaves it as it lies',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: "What is left out is as the terminal's configuration has it",
  },
)
export type ScanInput = Static<typeof ScanInput>

export const ScanOutput = Type.Object(
  {
    pages: Type.Array(ScannedPage, { maxItems: 500 }),
    document: Type.Optional(Uuid),
  },
  {
    additionalProperties: false,
    description:
      '`document` is the PDF of all pages, when the format is pdf and it is not too large for a file',
  },
)
export type ScanOutput = Static<typeof ScanOutput>

export const scannerCommands = defineCommands({
  'scanner.scan': {
    summary: 'Scan the glass or every page in the feeder',
    input: ScanInput,
    output: ScanOutput,
    effect: 'repeatable',
    lanes: ['scanner'],
    whenBusy: 'refuse',
    expiresInMs: 120_000,
    deadlineMs: 900_000,
  },
  'scanner.describe': {
    summary: 'What the scanner is and can do',
    input: Type.Object({}, { additionalProperties: false }),
    output: ScannerDescription,
    effect: 'none',
    lanes: [],
    whenBusy: 'wait',
    expiresInMs: 60_000,
    deadlineMs: 30_000,
  },
})
