import { type Static, Type } from 'typebox'
import { defineCommands } from '../command-spec.ts'
import { Uuid } from '../envelope.ts'

export const Duplex = Type.Enum(['none', 'long-edge', 'short-edge'])
export type Duplex = Static<typeof Duplex>

/** `printer-state` of RFC 8011 5.4.11. */
export const PrinterState = Type.Enum(['idle', 'processing', 'stopped', 'unknown'])
export type PrinterState = Static<typeof PrinterState>

/** One `printer-state-reasons` keyword with its severity taken off (RFC 8011 5.4.12). */
export const StateReason = Type.Object(
  {
    reason: Type.String({ maxLength: 100 }),
    severity: Type.Enum(['report', 'warning', 'error']),
  },
  { additionalProperties: false },
)
export type StateReason = Static<typeof StateReason>

/** One toner, drum or ink; `level` in percent, `null` when the printer does not know. */
export const Supply = Type.Object(
  {
    name: Type.String({ maxLength: 200 }),
    type: Type.String({ maxLength: 100 }),
    colour: Type.Optional(Type.String({ maxLength: 100 })),
    level: Type.Union([Type.Number({ minimum: 0, maximum: 100 }), Type.Null()]),
  },
  { additionalProperties: false },
)
export type Supply = Static<typeof Supply>

/** One tray; `level` in sheets, `null` when the printer does not know. */
export const Tray = Type.Object(
  {
    name: Type.String({ maxLength: 200 }),
    level: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
    capacity: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
  },
  { additionalProperties: false },
)
export type Tray = Static<typeof Tray>

/** What a printer is, can do and says of itself now. */
export const PrinterDescription = Type.Object(
  {
    makeAndModel: Type.String({ maxLength: 200 }),
    driver: Type.String({ maxLength: 40 }),
    state: PrinterState,
    reasons: Type.Array(StateReason, { maxItems: 50 }),
    formats: Type.Array(Type.String({ maxLength: 100 }), { maxItems: 50 }),
    colour: Type.Boolean(),
    duplex: Type.Boolean(),
    dpi: Type.Array(Type.Integer({ minimum: 1 }), { maxItems: 20 }),
    pagesPerMinute: Type.Optional(Type.Integer({ minimum: 0 })),
    supplies: Type.Array(Supply, { maxItems: 50 }),
    trays: Type.Array(Tray, { maxItems: 20 }),
    impressions: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Sides that it printed in its life' }),
    ),
  },
  { additionalProperties: false },
)
export type PrinterDescription = Static<typeof PrinterDescription>

export const PrintInput = Type.Object(
  {
    document: Uuid,
    copies: Type.Optional(Type.Integer({ minimum: 1, maximum: 99 })),
    duplex: Type.Optional(Duplex),
    pages: Type.Optional(
      Type.String({
        pattern: '^[0-9]{1,4}(-[0-9]{1,4})?(,[0-9]{1,4}(-[0-9]{1,4})?){0,19}$',
        description: 'As in 1-3,5',
      }),
    ),
    colour: Type.Optional(Type.Boolean({ description: 'false prints grey' })),
  },
  {
    additionalProperties: false,
    description: "Sides and colour that are left out are as the terminal's configuration has them",
  },
)
export type PrintInput = Static<typeof PrintInput>

export const PrintOutput = Type.Object(
  {
    job: Type.Integer({ minimum: 0, description: "The printer's job-id" }),
    impressions: Type.Integer({ minimum: 0, description: 'Sides printed' }),
  },
  { additionalProperties: false },
)
export type PrintOutput = Static<typeof PrintOutput>

export const printerCommands = defineCommands({
  'printer.print': {
    summary: 'Print a document of the fleet',
    input: PrintInput,
    output: PrintOutput,
    effect: 'once',
    lanes: ['printer'],
    whenBusy: 'wait',
    expiresInMs: 120_000,
    deadlineMs: 900_000,
  },
  'printer.describe': {
    summary: 'What the printer is, can do and says of itself now',
    input: Type.Object({}, { additionalProperties: false }),
    output: PrinterDescription,
    effect: 'none',
    lanes: [],
    whenBusy: 'wait',
    expiresInMs: 60_000,
    deadlineMs: 30_000,
  },
})
