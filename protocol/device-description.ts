import { type Static, Type } from 'typebox'

const Text = Type.String({ maxLength: 100 })
const Short = Type.String({ maxLength: 80 })

/** The largest description, in bytes of its canonical text. */
export const maxDescriptionBytes = 128 * 1024

/**
 * What a terminal captured of devices that no profile knows: the seed of a profile. It holds no serial numbers, names,
 * places or addresses.
 */
export const DeviceDescription = Type.Object(
  {
    v: Type.Literal(1),
    dmi: Type.Object({ vendor: Text, product: Text, board: Type.String({ maxLength: 210 }) }),
    usb: Type.Array(
      Type.Object({
        id: Type.String({ pattern: '^[0-9a-f]{4}:[0-9a-f]{4}$' }),
        manufacturer: Text,
        product: Text,
        interfaces: Type.Array(Type.String({ maxLength: 10 }), { maxItems: 32 }),
      }),
      { maxItems: 127 },
    ),
    escl: Type.Array(
      Type.Object({
        at: Short,
        over: Type.Enum(['network', 'ipp-usb']),
        makeAndModel: Text,
        document: Type.String({ maxLength: 64 * 1024 }),
      }),
      { maxItems: 64 },
    ),
    ipp: Type.Array(
      Type.Object({
        at: Short,
        over: Type.Enum(['network', 'ipp-usb', 'queue']),
        makeAndModel: Text,
        attributes: Type.Record(
          Type.String({ maxLength: 60 }),
          Type.Array(Type.Union([Text, Type.Number(), Type.Boolean()]), { maxItems: 64 }),
          { maxProperties: 40 },
        ),
      }),
      { maxItems: 64 },
    ),
    announced: Type.Array(
      Type.Object({ service: Type.Enum(['escl', 'ipp']), port: Type.Integer(), type: Text, path: Text }),
      { maxItems: 64 },
    ),
  },
  { additionalProperties: false },
)
export type DeviceDescription = Static<typeof DeviceDescription>
