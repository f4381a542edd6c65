import type { Admission } from '../../protocol/enrolment.ts'
import type { Database } from '../store/database.ts'
import type { CertificateRow, EnrolmentRow } from '../store/schema.ts'
import type { Issued } from './device-authorities.ts'
import { renewalGraceMs } from './validity.ts'

/** One box that was let into a place: from its claim to its end. Records are replaced, never changed. */
export interface Enrolment {
  readonly id: string
  readonly device: string
  readonly village: string
  /** The machine's serial number; a simulated terminal has none. */
  readonly serial: string | null
  readonly claim: string | null
  readonly admission: Admission
  /** Why it is quarantined or revoked. */
  readonly reason: string | null
  readonly enrolledAt: number
  readonly decidedAt: number | null
  readonly decidedBy: string | null
}

/** One certificate of an enrolment. */
export interface Certificate {
  readonly serialNumber: string
  readonly enrolment: string
  readonly sha256: string
  readonly keySha256: string
  readonly issuer: string
  readonly issuedAt: number
  readonly expiresAt: number
  /** When it first connected. */
  readonly usedAt: number | null
  /** When a newer one of the same enrolment connected: from then on it is no good. */
  readonly supersededAt: number | null
  readonly pem: string
}

/** A certificate as it is when it has just been issued. */
export const newCertificate = (enrolment: string, issued: Issued): Certificate => ({
  ...issued,
  enrolment,
  usedAt: null,
  supersededAt: null,
})

const enrolmentRow = (enrolment: Enrolment): EnrolmentRow => ({
  id: enrolment.id,
  device: enrolment.device,
  village: enrolment.village,
  serial: enrolment.serial,
  claim: enrolment.claim,
  admission: enrolment.admission,
  reason: enrolment.reason,
  enrolled_at: enrolment.enrolledAt,
  decided_at: enrolment.decidedAt,
  decided_by: enrolment.decidedBy,
})

const enrolmentOf = (row: EnrolmentRow): Enrolment => ({
  id: row.id,
  device: row.device,
  village: row.village,
  serial: row.serial,
  claim: row.claim,
  admission: row.admission,
  reason: row.reason,
  enrolledAt: row.enrolled_at,
  decidedAt: row.decided_at,
  decidedBy: row.decided_by,
})

const certificateRow = (certificate: Certificate): CertificateRow => ({
  serial_number: certificate.serialNumber,
  enrolment: certificate.enrolment,
  sha256: certificate.sha256,
  key_sha256: certificate.keySha256,
  issuer: certificate.issuer,
  issued_at: certificate.issuedAt,
  expires_at: certificate.expiresAt,
  used_at: certificate.usedAt,
  superseded_at: certificate.supersededAt,
  pem: certificate.pem,
})

const certificateOf = (row: CertificateRow): Certificate => ({
  serialNumber: row.serial_number,
  enrolment: row.enrolment,
  sha256: row.sha256,
  keySha256: row.key_sha256,
  issuer: row.issuer,
  issuedAt: row.issued_at,
  expiresAt: row.expires_at,
  usedAt: row.used_at,
  supersededAt: row.superseded_at,
  pem: row.pem,
})

/** What is written in one transaction: all of it or nothing. */
export interface Entry {
  readonly enrolments?: readonly Enrolment[]
  readonly certificates?: readonly Certificate[]
  /** The claim that this enrolment uses up. */
  readonly claim?: { readonly id: string; readonly enrolment: string; readonly serial: string }
}

/** The rows of enrolments and certificates. */
export class Register {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async enrolments(): Promise<Enrolment[]> {
    const rows = await this.#database.selectFrom('enrolments').selectAll().orderBy('enrolled_at').execute()
    return rows.map(enrolmentOf)
  }

  /** Those of which anybody may still want to know what they are worth, the oldest first. */
  async certificates(now: number): Promise<Certificate[]> {
    const rows = await this.#database
      .selectFrom('certificates')
      .selectAll()
      .where('expires_at', '>', now - 2 * renewalGraceMs)
      .orderBy('issued_at')
      .execute()
    return rows.map(certificateOf)
  }

  /** The certificate of this key, however old it is. */
  async ofKey(keySha256: string): Promise<Certificate | undefined> {
    const row = await this.#database
      .selectFrom('certificates')
      .selectAll()
      .where('key_sha256', '=', keySha256)
      .executeTakeFirst()
    return row && certificateOf(row)
  }

  async write({ enrolments = [], certificates = [], claim }: Entry): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      for (const enrolment of enrolments) {
        const { id, ...changes } = enrolmentRow(enrolment)
        await transaction
          .insertInto('enrolments')
          .values({ id, ...changes })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
          .execute()
      }
      for (const certificate of certificates) {
        const { serial_number, ...changes } = certificateRow(certificate)
        await transaction
          .insertInto('certificates')
          .values({ serial_number, ...changes })
          .onConflict((conflict) => conflict.column('serial_number').doUpdateSet(changes))
          .execute()
      }
      if (claim) {
        await transaction
          .updateTable('claims')
          .set({ enrolment: claim.enrolment, serial: claim.serial })
          .where('id', '=', claim.id)
          .execute()
      }
    })
  }
}
