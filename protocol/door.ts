import { type Static, Type } from 'typebox'
import { Timestamp, Uuid } from './envelope.ts'

/**
 * The HTTPS half of the terminals' door. It shares one TLS port with MQTT: a client that offers the ALPN protocol
 * `http/1.1` (RFC 7301) speaks HTTP, every other one MQTT. A terminal is known by its client certificate alone.
 */
export const door = {
  /** GET, also without a certificate: the fleet's clock; with `?nonce=` its answer is signed (`SignedTime`). */
  time: '/time',
  /** POST, without a certificate: `EnrolRequest` → `EnrolAnswer`. The same request gets the same answer. */
  enrol: '/enrol',
  /** GET, with the certificate that was issued: `EnrolmentState`, also while the terminal may do nothing else. */
  enrolment: '/enrolment',
  /** POST, with the certificate that is in use, or one that expired not too long ago: `RenewRequest` → `RenewAnswer`. */
  renew: '/renew',
  /** GET, also without a certificate: the fleet's `SigningKeys`. */
  keys: '/keys',
  /** GET: one edition of the firmware profiles, gzipped, named by the SHA-256 of its canonical text. */
  profiles: (sha256: string) => `/profiles/${sha256}`,
  /**
   * GET with `?bytes=`, and PUT → `ProbeAnswer`, without a certificate: a bounded, rate-limited echo by which the line
   * is measured.
   */
  probe: '/probe',
  /** PUT, with the certificate that was issued, also while the terminal may do nothing else: `AcceptanceReport`. */
  acceptance: '/acceptance',
  /** PUT: what a device that no profile knows says of itself, as gzipped JSON named by the SHA-256 of its text. */
  deviceDescription: (sha256: string) => `/device-descriptions/${sha256}`,
  /** tus 1.0 endpoint: creation, also with the first bytes, HEAD and PATCH. */
  uploads: '/uploads',
  /** Where an upload goes on: known before the fleet tells it, so that one whose answer was lost is found again. */
  upload: (artefact: string, part: string) => `/uploads/${artefact}-${part}`,
  /** PUT: one band of a running scan, as JPEG. */
  band: (command: string, page: number, top: number) => `/live/${command}/${page}/${top}`,
  /** GET with Range: a document that a command of this terminal names. */
  document: (id: string) => `/documents/${id}`,
} as const

/** The ALPN protocol names of the two halves. */
export const alpn = { mqtt: 'mqtt', http: 'http/1.1' } as const

/** Answer of `GET /time`. */
export const TimeAnswer = Type.Object({ now: Timestamp }, { additionalProperties: false })
export type TimeAnswer = Static<typeof TimeAnswer>

/**
 * `Upload-Metadata` of an upload. One artefact is sent as a `preview` (where it has one) and an `original`; both
 * carry the artefact's id. An upload whose bytes do not match `sha256` is refused and begun again.
 */
export const UploadMetadata = Type.Object(
  {
    artefact: Uuid,
    part: Type.Enum(['preview', 'original']),
    kind: Type.Enum(['page', 'document', 'diagnostics']),
    mediaType: Type.Enum(['image/jpeg', 'image/png', 'image/tiff', 'application/pdf', 'application/gzip']),
    command: Uuid,
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  { additionalProperties: false },
)
export type UploadMetadata = Static<typeof UploadMetadata>

/** Query of a band: its size, and the height of the whole picture where it is known. */
export const BandQuery = Type.Object(
  {
    width: Type.Integer({ minimum: 1, maximum: 2000 }),
    height: Type.Integer({ minimum: 1, maximum: 2000 }),
    pageHeight: Type.Optional(Type.Integer({ minimum: 1, maximum: 6000 })),
  },
  { additionalProperties: false },
)
export type BandQuery = Static<typeof BandQuery>

/** The most bytes that one probe may ask for or bring. */
export const maxProbeBytes = 256 * 1024

/** What a probe brought, as it arrived. */
export const ProbeAnswer = Type.Object(
  {
    bytes: Type.Integer({ minimum: 0, maximum: maxProbeBytes }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  { additionalProperties: false },
)
export type ProbeAnswer = Static<typeof ProbeAnswer>

/** The largest band, in bytes. */
export const maxBandBytes = 64 * 1024

/** The largest artefact, in bytes. */
export const maxArtefactBytes = 256 * 1024 * 1024
