import { type Static, Type } from 'typebox'

const Path = Type.String({ minLength: 1, maxLength: 4096 })

/** How a technician sets this terminal up. */
export const SetupSettings = Type.Object(
  {
    /** The port on 127.0.0.1 of the field page; 0 picks a free one. */
    port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
    /** The folder of the built page. */
    page: Type.Optional(Path),
    /** Whether the set-up is open on an accepted terminal too. */
    open: Type.Optional(Type.Boolean()),
    /** Ports that shall pass, beside that of the terminals' door. */
    ports: Type.Optional(
      Type.Array(
        Type.Object(
          {
            host: Type.String({ minLength: 1, maxLength: 255 }),
            port: Type.Integer({ minimum: 1, maximum: 65_535 }),
            protocol: Type.Enum(['tcp', 'udp']),
          },
          { additionalProperties: false },
        ),
        { maxItems: 16 },
      ),
    ),
    /** Where claim files are looked for, and four levels below. */
    claimFolders: Type.Optional(Type.Array(Path, { maxItems: 10 })),
  },
  { additionalProperties: false },
)

type Written = Static<typeof SetupSettings>

/** The settings, where everything that has a usual value has it. */
export type SetupSettings = Readonly<Required<Omit<Written, 'page'>> & Pick<Written, 'page'>>

/** Fills in what is left out. */
export const setupSettings = (written: Written = {}): SetupSettings => ({
  port: 8631,
  open: false,
  ports: [],
  claimFolders: ['/media', '/run/media', '/etc/avyl'],
  ...structuredClone(written),
})
