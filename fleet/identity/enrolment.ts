import type { Logger } from 'pino'
import type {
  EnrolAnswer,
  EnrolmentState,
  EnrolRequest,
  RenewAnswer,
  RenewRequest,
} from '../../protocol/enrolment.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import type { Clock } from '../clock.ts'
import type { Signer } from '../signing/signer.ts'
import type { ClaimRow } from '../store/schema.ts'
import { Turns } from '../turns.ts'
import type { Claims } from './claims.ts'
import type { DeviceAuthorities } from './device-authorities.ts'
import { EnrolRefused } from './enrol-refused.ts'
import type { Identities } from './identities.ts'
import type { Shown } from './peer.ts'
import type { Certificate, Enrolment } from './register.ts'
import { type CertificateRequest, RequestInvalid, readRequest } from './request.ts'
import { admissionOf, standingOf } from './standing.ts'
import { renewalGraceMs } from './validity.ts'

export interface EnrolmentParts {
  readonly claims: Claims
  readonly identities: Identities
  readonly devices: DeviceAuthorities
  readonly signer: Signer
  /** Makes the terminal known to the fleet. */
  readonly register: (device: string, village: string) => Promise<unknown>
  readonly clock: Clock
  readonly log: Logger
}

const readCsr = (csr: string): Promise<CertificateRequest> =>
  readRequest(csr).catch((thrown: unknown) => {
    if (thrown instanceof RequestInvalid)
      throw new EnrolRefused('csr-invalid', thrown.message, { cause: thrown })
    throw thrown
  })

/**
 * Gives terminals their certificates. INVARIANT: whoever asks again with the same key gets the same certificate, so
 * that neither a power cut nor a lost answer uses up a claim.
 */
export class Enrolments {
  readonly #parts: EnrolmentParts
  readonly #turns = new Turns()

  constructor(parts: EnrolmentParts) {
    this.#parts = parts
  }

  /** Enrols a terminal by a claim's code. Throws `EnrolRefused`. */
  async enrol({ code, csr, serial }: EnrolRequest): Promise<EnrolAnswer> {
    const request = await readCsr(csr)
    const claim = await this.#parts.claims.find(code)
    if (!claim) throw new EnrolRefused('claim-unknown', 'There is no such claim')
    return this.#turns.take(claim.id, async () => {
      // As it stands when its turn has come.
      const now = await this.#parts.claims.find(code)
      if (!now) throw new EnrolRefused('claim-unknown', 'There is no such claim')
      return this.#redeem(now, request, serial)
    })
  }

  /** Gives a terminal a certificate for its next key. Throws `EnrolRefused`. */
  async renew(shown: Shown, { csr }: RenewRequest): Promise<RenewAnswer> {
    const request = await readCsr(csr)
    return this.#turns.take(shown.device, async () => {
      const { enrolment } = this.#renewable(shown)
      const known = await this.#parts.identities.ofKey(request.keySha256)
      const again = known?.enrolment === enrolment.id && known.serialNumber !== shown.certificate
      if (known && !again) throw new EnrolRefused('csr-invalid', 'The key is not a new one')
      const issued = known ?? (await this.#parts.devices.issue(enrolment.device, request.publicKey))
      if (!known) await this.#parts.identities.renew(enrolment, issued)
      this.#parts.log.info(
        { terminal: enrolment.device, certificate: issued.serialNumber },
        'certificate renewed',
      )
      return { certificate: issued.pem, ...this.#trust() }
    })
  }

  /** What the holder of a certificate may do. Throws `EnrolRefused`. */
  state(shown: Shown): EnrolmentState {
    const standing = this.#parts.identities.standing(shown)
    if (!standing) throw new EnrolRefused('revoked', 'The fleet does not know this certificate')
    return { device: shown.device, admission: admissionOf(standing) }
  }

  async #redeem(claim: ClaimRow, request: CertificateRequest, serial: string): Promise<EnrolAnswer> {
    const { claims, identities, devices, register, clock, log } = this.#parts
    const { device, village } = claim
    const known = await identities.ofKey(request.keySha256)
    if (known && known.enrolment === claim.enrolment && claim.serial === serial) {
      const enrolment = identities.enrolment(known.enrolment)
      if (enrolment) return this.#answer(enrolment, known)
    }
    await claims.check(claim, serial)
    if (known) {
      log.error(
        { terminal: device, claim: claim.id },
        'a key that belongs to another enrolment asks for a place',
      )
      throw new EnrolRefused('csr-invalid', 'The key is not a new one')
    }
    const issued = await devices.issue(device, request.publicKey)
    const expected = claim.depot === 1 && claim.serial !== null
    const now = clock.now()
    const enrolment: Enrolment = {
      id: uuidv7(now),
      device,
      village,
      serial,
      claim: claim.id,
      admission: expected ? 'accepted' : 'pending',
      reason: null,
      enrolledAt: now,
      decidedAt: expected ? now : null,
      decidedBy: expected ? claim.created_by : null,
    }
    await register(device, village)
    await identities.enrol(enrolment, issued, claim.id)
    log.info({ terminal: device, admission: enrolment.admission }, 'a terminal was enrolled')
    return this.#answer(enrolment, issued)
  }

  #answer(enrolment: Enrolment, { pem }: { readonly pem: string }): EnrolAnswer {
    const { device, village, admission } = enrolment
    return { device, village, admission, certificate: pem, ...this.#trust() }
  }

  #trust() {
    const { devices, signer } = this.#parts
    return { ca: devices.ca, keys: signer.keys }
  }

  #renewable(shown: Shown): { readonly enrolment: Enrolment; readonly certificate: Certificate } {
    const { identities, clock } = this.#parts
    const found = identities.find(shown)
    if (!found) throw new EnrolRefused('revoked', 'The fleet does not know this certificate')
    const standing = standingOf(found.enrolment, found.certificate)
    if (standing !== 'accepted' && standing !== 'pending') {
      throw new EnrolRefused('revoked', `This certificate is ${standing}`)
    }
    if (clock.now() >= found.certificate.expiresAt + renewalGraceMs) {
      throw new EnrolRefused('renewal-too-late', 'The certificate ended too long ago')
    }
    return found
  }
}
