import type { Certificate } from './register.ts'

/** Certificates in memory, by their serial number and by the enrolment to which they belong. */
export class CertificateShelf {
  readonly #bySerial = new Map<string, Certificate>()
  /** Serial numbers, in the order in which they came. */
  readonly #ofEnrolment = new Map<string, Set<string>>()

  /** Takes in a certificate, or what became of one. */
  put(certificate: Certificate): void {
    const { serialNumber, enrolment } = certificate
    this.#bySerial.set(serialNumber, certificate)
    const serials = this.#ofEnrolment.get(enrolment)
    if (serials) serials.add(serialNumber)
    else this.#ofEnrolment.set(enrolment, new Set([serialNumber]))
  }

  get(serialNumber: string): Certificate | undefined {
    return this.#bySerial.get(serialNumber)
  }

  /** Those of one enrolment, the first one first. */
  of(enrolment: string): Certificate[] {
    return [...(this.#ofEnrolment.get(enrolment) ?? [])].flatMap((serial) => this.#bySerial.get(serial) ?? [])
  }
}
