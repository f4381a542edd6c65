import { type Static, Type } from 'typebox'
import { ScanMode } from './capabilities/scanner.ts'
import { modelPattern } from './model-pattern.ts'
import { Quirk } from './quirks.ts'

const Name = Type.String({ minLength: 1, maxLength: 100 })
const Note = Type.String({ minLength: 1, maxLength: 500 })
const Notes = Type.Array(Note, { maxItems: 20, description: 'For people' })
const Sources = Type.Array(Note, { maxItems: 20, description: 'Where the facts are known from' })
const Milliseconds = Type.Integer({ minimum: 100, maximum: 600_000 })
const Pixels = Type.Integer({ minimum: 100, maximum: 10_000 })
const Port = Type.Integer({ minimum: 1, maximum: 65_535 })

/** `vendor:product` of USB, four hexadecimal digits each. */
export const usbIdPattern = '^[0-9a-f]{4}:[0-9a-f]{4}$'
/** `vendor/model`; `generic` and `simulated` have no vendor. */
export const mfpSlugPattern = '^(generic|simulated|[a-z0-9][a-z0-9-]{0,29}/[a-z0-9][a-z0-9-]{0,49})$'
export const terminalSlugPattern = '^[a-z0-9][a-z0-9-]{0,49}$'

const Pattern = Type.String({
  pattern: modelPattern,
  maxLength: 100,
  description: 'Literal text; * stands for any run of characters',
})
const Patterns = Type.Array(Pattern, { minItems: 1, maxItems: 20 })

/** How a model is known. One sign is enough; no two profiles may share one. */
export const MfpMatch = Type.Object(
  {
    usb: Type.Optional(
      Type.Array(Type.String({ pattern: usbIdPattern }), {
        minItems: 1,
        maxItems: 20,
        description: 'USB ids',
      }),
    ),
    ipp: Type.Optional({ ...Patterns, description: 'printer-make-and-model (RFC 8011 5.4.9)' }),
    mdns: Type.Optional({ ...Patterns, description: 'ty of its DNS-SD record (Bonjour Printing 1.2.1)' }),
    escl: Type.Optional({ ...Patterns, description: 'MakeAndModel of ScannerCapabilities' }),
  },
  { additionalProperties: false, description: 'How the model is known; one sign is enough' },
)
export type MfpMatch = Static<typeof MfpMatch>

const EsclWay = Type.Object(
  {
    way: Type.Literal('escl'),
    over: Type.Enum(['network', 'ipp-usb']),
    port: Type.Optional(Port),
    path: Type.Optional(
      Type.String({ pattern: '^/[A-Za-z0-9._/-]{0,60}$', description: '/eSCL/ unless told' }),
    ),
  },
  { additionalProperties: false },
)

const SaneWay = Type.Object(
  {
    way: Type.Literal('sane'),
    backend: Type.Optional(
      Type.String({
        pattern: '^[a-z][a-z0-9_-]{0,29}$',
        description:
          'The one backend that dll.conf enables: looking for devices takes 2 ms, not 3.4 s. All of them where none is named',
      }),
    ),
    vendorDriver: Type.Optional(
      Type.String({ maxLength: 60, description: 'The package of the maker that brings the backend' }),
    ),
  },
  { additionalProperties: false },
)

/** One way to the scanner. */
export const ScanWay = Type.Union([EsclWay, SaneWay])
export type ScanWay = Static<typeof ScanWay>

/** What is known of the scanner. It bounds what the device says of itself; it never adds to it. */
export const ScanLimits = Type.Object(
  {
    ways: Type.Array(ScanWay, { maxItems: 5, description: 'In the order in which they are tried' }),
    dpi: Type.Optional(
      Type.Array(Type.Integer({ minimum: 50, maximum: 9600 }), { minItems: 1, maxItems: 20 }),
    ),
    modes: Type.Optional(Type.Array(ScanMode, { minItems: 1, maxItems: 3 })),
    feeder: Type.Optional(
      Type.Boolean({ description: 'Whether it has a feeder; the device says, unless told' }),
    ),
    maxArea: Type.Optional(
      Type.Object(
        {
          width: Type.Number({ minimum: 50, maximum: 500 }),
          height: Type.Number({ minimum: 50, maximum: 1000 }),
        },
        {
          additionalProperties: false,
          description: 'In millimetres, where it claims more glass than it has',
        },
      ),
    ),
    formats: Type.Optional(
      Type.Array(Type.Enum(['image/jpeg', 'image/png', 'application/pdf']), { minItems: 1, maxItems: 3 }),
    ),
  },
  { additionalProperties: false },
)
export type ScanLimits = Static<typeof ScanLimits>

/** One way to the printer. */
export const PrintWay = Type.Union([
  Type.Object(
    {
      way: Type.Literal('ipp'),
      over: Type.Enum(['network', 'ipp-usb']),
      uri: Type.Optional(
        Type.String({
          pattern: '^ipps?://\\{host\\}(:[0-9]{1,5})?/[A-Za-z0-9._/-]{0,60}$',
          description: 'ipp://{host}/ipp/print unless told',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      way: Type.Literal('cups'),
      driver: Type.String({ maxLength: 60, description: 'The driver of the local queue, as brlaser' }),
    },
    { additionalProperties: false },
  ),
])
export type PrintWay = Static<typeof PrintWay>

/** What is known of the printer. */
export const PrintLimits = Type.Object(
  {
    ways: Type.Array(PrintWay, { maxItems: 5, description: 'In the order in which they are tried' }),
    formats: Type.Optional(
      Type.Array(
        Type.Enum(['application/pdf', 'image/jpeg', 'image/pwg-raster', 'image/urf', 'application/PCLm']),
        { minItems: 1, maxItems: 5 },
      ),
    ),
    colour: Type.Optional(Type.Boolean()),
    duplex: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export type PrintLimits = Static<typeof PrintLimits>

/** How long the device may take where it is slower than others, in milliseconds. */
export const DeviceTimeouts = Type.Object(
  {
    openMs: Type.Optional(Milliseconds),
    firstByteMs: Type.Optional(Milliseconds),
    stallMs: Type.Optional(Milliseconds),
    closeMs: Type.Optional(Milliseconds),
  },
  { additionalProperties: false, description: 'In milliseconds, where it is slower than others' },
)
export type DeviceTimeouts = Static<typeof DeviceTimeouts>

/** THE closed list of what can be done when a device does not answer, the mildest first. */
export const recoverySteps = [
  'wait',
  'wake-by-panel',
  'check-cable',
  'restart-ipp-usb',
  'reset-usb',
  'resume-queue',
  'power-cycle',
  'call-technician',
] as const
export type RecoveryStep = (typeof recoverySteps)[number]

const Recovery = Type.Array(
  Type.Object(
    {
      step: Type.Enum([...recoverySteps]),
      note: Type.Optional({ ...Note, description: 'What is particular about it with this model' }),
    },
    { additionalProperties: false },
  ),
  { maxItems: 8, description: 'What is done when it does not answer, in this order' },
)

/** How sure the profile is: read in documents, seen on one sample, or proven in villages. */
const Proof = Type.Enum(['documents', 'sample', 'field'])

/** One model of multifunction printer. */
export const MfpProfile = Type.Object(
  {
    slug: Type.String({ pattern: mfpSlugPattern, description: 'Also its file: mfps/<slug>.json' }),
    name: Name,
    match: MfpMatch,
    proof: { ...Proof, description: 'Read in documents, seen on a sample, or proven in villages' },
    scan: Type.Optional({ ...ScanLimits, description: 'Its scanner, where it has one' }),
    print: Type.Optional({ ...PrintLimits, description: 'Its printer, where it has one' }),
    supplies: Type.Enum(['ipp', 'snmp', 'none'], { description: 'Who tells toner and paper' }),
    quirks: Type.Array(Quirk, { maxItems: 20, description: 'What it does that others do not' }),
    timeouts: DeviceTimeouts,
    recovery: Recovery,
    notes: Notes,
    sources: Sources,
  },
  { additionalProperties: false },
)
export type MfpProfile = Static<typeof MfpProfile>

/** How an infomat is known: both patterns must fit what its firmware says (SMBIOS 3, type 1). */
export const TerminalMatch = Type.Object(
  {
    dmi: Type.Array(Type.Object({ vendor: Pattern, product: Pattern }, { additionalProperties: false }), {
      maxItems: 20,
      description: 'sys_vendor and product_name; empty where only the configuration names it',
    }),
  },
  { additionalProperties: false },
)
export type TerminalMatch = Static<typeof TerminalMatch>

/** One model of infomat. */
export const TerminalProfile = Type.Object(
  {
    slug: Type.String({ pattern: terminalSlugPattern, description: 'Also its file: terminals/<slug>.json' }),
    name: Name,
    match: TerminalMatch,
    proof: { ...Proof, description: 'Read in documents, seen on a sample, or proven in villages' },
    screen: Type.Optional(
      Type.Object(
        { width: Pixels, height: Pixels, touch: Type.Boolean() },
        { additionalProperties: false, description: 'In pixels, as it stands' },
      ),
    ),
    camera: Type.Optional(
      Type.Object(
        { width: Pixels, height: Pixels, framesPerSecond: Type.Integer({ minimum: 1, maximum: 120 }) },
        { additionalProperties: false, description: 'The most that is asked of it' },
      ),
    ),
    microphone: Type.Boolean(),
    speaker: Type.Boolean(),
    handset: Type.Boolean({ description: 'A receiver, so that a shop does not hear' }),
    cardSlot: Type.Boolean(),
    serialPorts: Type.Array(
      Type.Object(
        {
          path: Type.String({ pattern: '^/dev/tty[A-Za-z0-9]{1,12}$' }),
          use: Type.Enum(['card-reader', 'ups', 'modem', 'receipt-printer', 'other']),
        },
        { additionalProperties: false },
      ),
      { maxItems: 8 },
    ),
    limits: Type.Object(
      {
        videoKbps: Type.Optional(Type.Integer({ minimum: 64, maximum: 20_000 })),
        memoryMegabytes: Type.Optional(Type.Integer({ minimum: 256, maximum: 1_048_576 })),
      },
      { additionalProperties: false },
    ),
    recovery: Recovery,
    notes: Notes,
    sources: Sources,
  },
  { additionalProperties: false },
)
export type TerminalProfile = Static<typeof TerminalProfile>

/** The two kinds of profiles, as folders and addresses name them. */
export const profileKinds = ['mfps', 'terminals'] as const
export type ProfileKind = (typeof profileKinds)[number]

/** What is done where a model is not known, and what stands for devices of the simulation. */
export const genericSlug = 'generic'
export const simulatedSlug = 'simulated'

/** All profiles at one time, sorted by slug. Its name is the SHA-256 of its canonical text (RFC 8785). */
export const ProfilesEdition = Type.Object(
  {
    v: Type.Literal(1),
    mfps: Type.Array(MfpProfile, { minItems: 1, maxItems: 2000 }),
    terminals: Type.Array(TerminalProfile, { minItems: 1, maxItems: 500 }),
  },
  { additionalProperties: false },
)
export type ProfilesEdition = Static<typeof ProfilesEdition>

/** The largest edition, in bytes of its canonical text. */
export const maxEditionBytes = 4 * 1024 * 1024

/** Which edition a terminal shall use: a member of the desired configuration. */
export const ProfilesReference = Type.Object(
  { sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) },
  {
    additionalProperties: false,
    description: 'The edition of the firmware profiles; its own where it is left out',
  },
)
export type ProfilesReference = Static<typeof ProfilesReference>
