import { type Static, Type } from 'typebox'
import { ClaimFile } from './claim-file.ts'
import { Admission } from './enrolment.ts'
import { Timestamp } from './envelope.ts'
import { Languages } from './languages.ts'
import { deviceIdPattern } from './topics.ts'

/**
 * What a technician does at a terminal, in this order, and the words in which the agent on it, the field page and
 * `avyl-setup` speak of it over loopback.
 */
export const setupSteps = ['uplink', 'claim', 'devices', 'selftest', 'print', 'scan', 'handover'] as const
export type SetupStep = (typeof setupSteps)[number]

/** Why a step could not be done; each has words for the technician in every language. */
export const setupProblems = [
  'fleet-unreachable',
  'fleet-unknown',
  'fleet-untrusted',
  'code-invalid',
  'claim-unknown',
  'claim-locked',
  'claim-expired',
  'claim-used',
  'claim-other-device',
  'serial-differs',
  'revoked',
  'rate-limited',
  'no-scanner',
  'no-printer',
  'no-paper',
  'jam',
  'cover-open',
  'supply-empty',
  'device-busy',
  'device-fault',
  'print-unknown',
  'sheet-blank',
  'sheet-without-mark',
  'sheet-cut',
  'sheet-of-another',
  'sheet-old',
  'needs-selftest',
  'needs-print',
  'needs-scan',
  'needs-claim',
  'cut-short',
  'cancelled',
  'internal',
] as const
export type SetupProblem = (typeof setupProblems)[number]
export const SetupProblem = Type.Enum([...setupProblems])

const Text = Type.String({ maxLength: 300 })
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' })

/** How the line to the fleet is; `lossPercent` counts questions that got no answer in time. */
export const Uplink = Type.Object(
  {
    rttMs: Type.Number(),
    lossPercent: Type.Number(),
    downKbits: Type.Number(),
    upKbits: Type.Number(),
    ports: Type.Array(
      Type.Object(
        {
          host: Text,
          port: Type.Integer(),
          protocol: Type.Enum(['tls', 'tcp', 'udp']),
          open: Type.Boolean(),
        },
        { additionalProperties: false },
      ),
      { maxItems: 20 },
    ),
  },
  { additionalProperties: false },
)
export type Uplink = Static<typeof Uplink>

/** The claim as the terminal has it; `admission` is missing while the fleet has not been reached. */
export const Claimed = Type.Object(
  {
    device: Type.Optional(Type.String({ pattern: deviceIdPattern })),
    village: Type.Optional(Type.String({ maxLength: 100 })),
    admission: Type.Optional(Admission),
  },
  { additionalProperties: false },
)
export type Claimed = Static<typeof Claimed>

/** The devices that were found; `known` is false where no profile fits, and the generic one is in use. */
export const FoundDevices = Type.Object(
  {
    scanner: Type.Optional(Text),
    printer: Type.Optional(Text),
    profile: Text,
    known: Type.Boolean(),
  },
  { additionalProperties: false },
)
export type FoundDevices = Static<typeof FoundDevices>

/** One check with its evidence. `absent`: the terminal has no such capability yet, and so nothing was proved. */
export const SetupCheck = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z][a-z-]{0,39}$' }),
    state: Type.Enum(['good', 'bad', 'absent']),
    evidence: Text,
  },
  { additionalProperties: false },
)
export type SetupCheck = Static<typeof SetupCheck>

/** What the acceptance sheet says; the hash of its canonical text is in the sheet's QR code. */
export const SheetData = Type.Object(
  {
    version: Type.Literal(1),
    device: Type.Optional(Type.String({ pattern: deviceIdPattern })),
    village: Type.Optional(Type.String({ maxLength: 100 })),
    serial: Text,
    fingerprint: Text,
    agent: Type.String({ maxLength: 60 }),
    madeAt: Timestamp,
    uplink: Type.Optional(Uplink),
    devices: FoundDevices,
    checks: Type.Array(SetupCheck, { maxItems: 40 }),
  },
  { additionalProperties: false },
)
export type SheetData = Static<typeof SheetData>

/** A sheet that was sent to the printer. */
export const PrintedSheet = Type.Object(
  {
    hash: Hash,
    nonce: Type.String({ pattern: '^[0-9A-F]{16}$' }),
    impressions: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
)
export type PrintedSheet = Static<typeof PrintedSheet>

/** A sheet that was read on the glass and is the one that was printed; `bytes` and `sha256` are those of the scan. */
export const RecognisedSheet = Type.Object(
  {
    hash: Hash,
    sha256: Hash,
    bytes: Type.Integer({ minimum: 1 }),
    width: Type.Integer({ minimum: 1 }),
    height: Type.Integer({ minimum: 1 }),
    turned: Type.Integer({ minimum: 0, maximum: 359, description: 'Degrees, to the nearest' }),
  },
  { additionalProperties: false },
)
export type RecognisedSheet = Static<typeof RecognisedSheet>

/** The report that the fleet has, and whether an operator has let the terminal in. */
export const HandedOver = Type.Object(
  { reportedAt: Timestamp, admission: Admission },
  { additionalProperties: false },
)
export type HandedOver = Static<typeof HandedOver>

/** What each step leaves behind. */
export const stepResults = {
  uplink: Uplink,
  claim: Claimed,
  devices: FoundDevices,
  selftest: Type.Object(
    { checks: Type.Array(SetupCheck, { maxItems: 40 }) },
    { additionalProperties: false },
  ),
  print: PrintedSheet,
  scan: RecognisedSheet,
  handover: HandedOver,
} as const satisfies Record<SetupStep, unknown>
export type StepResult<S extends SetupStep> = Static<(typeof stepResults)[S]>

/** How far one step is. A step that was running when the power went is `failed` with `cut-short`: it can be run again. */
const stepOf = <R extends (typeof stepResults)[SetupStep]>(result: R) =>
  Type.Object(
    {
      state: Type.Enum(['open', 'running', 'done', 'failed']),
      at: Type.Optional(Timestamp),
      percent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
      problem: Type.Optional(SetupProblem),
      detail: Type.Optional(Text),
      result: Type.Optional(result),
    },
    { additionalProperties: false },
  )

/** Every step and how far it is. */
export const SetupProgress = Type.Object(
  {
    uplink: stepOf(stepResults.uplink),
    claim: stepOf(stepResults.claim),
    devices: stepOf(stepResults.devices),
    selftest: stepOf(stepResults.selftest),
    print: stepOf(stepResults.print),
    scan: stepOf(stepResults.scan),
    handover: stepOf(stepResults.handover),
  },
  { additionalProperties: false },
)
export type SetupProgress = Static<typeof SetupProgress>

/** `GET /setup`, and each event of `GET /setup/events`. */
export const SetupState = Type.Object(
  {
    device: Type.Optional(Type.String({ pattern: deviceIdPattern })),
    village: Type.Optional(Type.String({ maxLength: 100 })),
    serial: Text,
    fingerprint: Text,
    admission: Type.Optional(Admission),
    /** As the terminal is configured. */
    languages: Languages,
    /** Whose claim file was found, where it is certain to be for this terminal: no code need be typed. */
    claimFile: Type.Optional(
      Type.Object(
        { device: Type.String({ pattern: deviceIdPattern }), village: Type.String({ maxLength: 100 }) },
        { additionalProperties: false },
      ),
    ),
    /** Why none of the claim files that were found is offered; they are for these villages, by commas. */
    claimFiles: Type.Optional(
      Type.Object({ problem: SetupProblem, villages: Text }, { additionalProperties: false }),
    ),
    steps: SetupProgress,
  },
  { additionalProperties: false },
)
export type SetupState = Static<typeof SetupState>

/** Whether a terminal is to be claimed: the fleet has not said anything of it, or has revoked it for good. */
export const needsClaim = (admission: Admission | undefined): admission is 'revoked' | undefined =>
  admission === undefined || admission === 'revoked'

/** Body of `POST /setup/claim`: nothing where a claim file was found. */
export const ClaimInput = Type.Object(
  { code: Type.Optional(Type.String({ maxLength: 60 })), file: Type.Optional(ClaimFile) },
  { additionalProperties: false },
)
export type ClaimInput = Static<typeof ClaimInput>

/** Which of the two QR codes of a sheet one is: they stand at opposite corners, so that half a sheet is seen to be that. */
export type SheetCorner = 'top' | 'foot'

/** What a QR code on a sheet says: which data the sheet shows, and which of its prints it is. */
export interface SheetMark {
  readonly hash: string
  readonly nonce: string
  readonly corner: SheetCorner
}

/** The text of that code: letters of its small alphabet alone (ISO/IEC 18004, alphanumeric mode). */
export const sheetMark = ({ hash, nonce, corner }: SheetMark): string =>
  `AVYL:SHEET:${hash.toUpperCase()}:${nonce}:${corner.toUpperCase()}`

/** Reads such a text; `undefined` where it is none of ours. */
export const readSheetMark = (text: string): SheetMark | undefined => {
  const [, hash, nonce, corner] = /^AVYL:SHEET:([0-9A-F]{64}):([0-9A-F]{16}):(TOP|FOOT)$/.exec(text) ?? []
  if (hash === undefined || nonce === undefined) return undefined
  return { hash: hash.toLowerCase(), nonce, corner: corner === 'TOP' ? 'top' : 'foot' }
}

/** Body of `PUT /acceptance` on the terminals' door: what was proved, and a small picture of the signed sheet. */
export const AcceptanceReport = Type.Object(
  {
    sheet: SheetData,
    printed: PrintedSheet,
    recognised: RecognisedSheet,
    picture: Type.String({
      maxLength: 400_000,
      pattern: '^[A-Za-z0-9+/]*={0,2}$',
      description: 'JPEG, base64',
    }),
  },
  { additionalProperties: false },
)
export type AcceptanceReport = Static<typeof AcceptanceReport>

/** The largest report, in bytes. */
export const maxAcceptanceBytes = 512 * 1024
