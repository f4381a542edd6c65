import type { Logger } from 'pino'
import type { Admission } from '../../protocol/enrolment.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import type { Peer } from '../broker/broker.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import { Turns } from '../turns.ts'
import { CertificateShelf } from './certificate-shelf.ts'
import type { Issued } from './device-authorities.ts'
import { isCurrent, type Shown } from './peer.ts'
import { type Certificate, type Enrolment, newCertificate, Register } from './register.ts'
import { type Standing, standingOf } from './standing.ts'

/** Why a terminal was quarantined. */
export type Suspicion = 'used-twice' | 'run-came-back' | 'old-certificate'

/** What the fleet does with what becomes of an identity. */
export interface IdentityEvents {
  /** Ends every connection of this terminal at once. */
  cut(device: string): void
  /** Somebody should look at this; `about` holds no secret and no personal data. */
  alarm(
    type: 'identity-quarantined' | 'identity-revoked' | 'claim-locked',
    device: string,
    about: string,
  ): void
}

export interface IdentitiesParts {
  readonly database: Database
  readonly clock: Clock
  readonly log: Logger
  readonly events: IdentityEvents
  /** Whether what this device authority issued still counts. */
  readonly trusts: (issuer: string) => boolean
}

/** An enrolment and the certificate that it uses now, or would use next. */
export interface IdentityRecord {
  readonly enrolment: Enrolment
  readonly certificate: Certificate | undefined
}

/** A connection that was on its way while the terminal changed its certificate may be so late, in milliseconds. */
const changeMs = 10 * 60_000

/**
 * Every identity that the fleet has given, in memory, so that the door can judge without waiting.
 *
 * INVARIANTS: what denies takes effect in memory and on the connections before it is written; what allows is written
 * first. A device has at most one accepted enrolment. A certificate is superseded only by a newer one of the same
 * enrolment that has connected, so that an answer which was lost locks nobody out.
 */
export class Identities {
  readonly #parts: IdentitiesParts
  readonly #register: Register
  readonly #turns = new Turns()
  readonly #enrolments = new Map<string, Enrolment>()
  readonly #certificates = new CertificateShelf()
  /** Ids of the enrolments of each device, the oldest first. */
  readonly #ofDevice = new Map<string, string[]>()

  constructor(parts: IdentitiesParts) {
    this.#parts = parts
    this.#register = new Register(parts.database)
  }

  async start(): Promise<void> {
    for (const enrolment of await this.#register.enrolments()) this.#keepEnrolment(enrolment)
    for (const certificate of await this.#register.certificates(this.#parts.clock.now())) {
      this.#certificates.put(certificate)
    }
  }

  async stop(): Promise<void> {
    await this.#turns.idle()
  }

  /** Whether its holder may work now. */
  admits(shown: Shown): boolean {
    return isCurrent(shown, this.#parts.clock.now()) && this.standing(shown) === 'accepted'
  }

  /** What a certificate is worth, its dates aside; `undefined` when the fleet did not issue it. */
  standing(shown: Shown): Standing | undefined {
    const found = this.find(shown)
    return found && standingOf(found.enrolment, found.certificate)
  }

  /** The enrolment to which a certificate belongs. */
  find(shown: Shown): { readonly enrolment: Enrolment; readonly certificate: Certificate } | undefined {
    const certificate = this.#certificates.get(shown.certificate)
    const enrolment = certificate && this.#enrolments.get(certificate.enrolment)
    if (!enrolment || !shown.chained) return undefined
    const same = certificate.sha256 === shown.sha256 && enrolment.device === shown.device
    return same && this.#parts.trusts(certificate.issuer) ? { enrolment, certificate } : undefined
  }

  /** Whether any terminal of this name may work. */
  mayWork(device: string): boolean {
    return this.#newest(device, 'accepted') !== undefined
  }

  /** The enrolments of a device that are not revoked, the newest first, or at least its last one. */
  of(device: string): IdentityRecord[] {
    const all = this.#all(device).reverse()
    const live = all.filter(({ admission }) => admission !== 'revoked')
    return (live.length > 0 ? live : all.slice(0, 1)).map((enrolment) => ({
      enrolment,
      certificate: this.#certificateOf(enrolment.id),
    }))
  }

  /** The certificate of this key, whichever terminal's it is. */
  ofKey(keySha256: string): Promise<Certificate | undefined> {
    return this.#register.ofKey(keySha256)
  }

  enrolment(id: string): Enrolment | undefined {
    return this.#enrolments.get(id)
  }

  /**
   * Writes a new enrolment with its first certificate, and that it used up its claim. One that is accepted at once
   * takes the place of the device's earlier ones.
   */
  async enrol(enrolment: Enrolment, issued: Issued, claim?: string): Promise<void> {
    await this.#turns.take(enrolment.device, async () => {
      const certificate = newCertificate(enrolment.id, issued)
      const replaced = enrolment.admission === 'accepted' ? this.#replaced(enrolment) : []
      await this.#register.write({
        enrolments: [enrolment, ...replaced],
        certificates: [certificate],
        ...(claim !== undefined && {
          claim: { id: claim, enrolment: enrolment.id, serial: enrolment.serial ?? '' },
        }),
      })
      this.#keepEnrolment(enrolment)
      this.#certificates.put(certificate)
      this.#bury(replaced)
    })
  }

  /** Writes a further certificate of an enrolment. */
  async renew(enrolment: Enrolment, issued: Issued): Promise<void> {
    const certificate = newCertificate(enrolment.id, issued)
    await this.#register.write({ certificates: [certificate] })
    this.#certificates.put(certificate)
  }

  /** A terminal has connected: from now on the certificates that it had before this one are no good. */
  connected(peer: Peer): void {
    const certificate = this.#certificates.get(peer.certificate)
    if (!certificate || certificate.usedAt !== null) return
    const now = this.#parts.clock.now()
    const changed: Certificate[] = this.#certificates
      .of(certificate.enrolment)
      .filter(
        (other) =>
          other.supersededAt === null && other.issuedAt <= certificate.issuedAt && other !== certificate,
      )
      .map((other) => ({ ...other, supersededAt: now }))
    changed.push({ ...certificate, usedAt: now })
    for (const one of changed) this.#certificates.put(one)
    this.#turns
      .take(peer.device, () => this.#register.write({ certificates: changed }))
      .catch((error: unknown) =>
        this.#parts.log.error({ err: error, terminal: peer.device }, 'a use was not kept'),
      )
  }

  /** Somebody connects with a certificate that was superseded long ago: only a copy of the key can do that. */
  outdated(shown: Shown): void {
    const supersededAt = this.find(shown)?.certificate.supersededAt
    if (supersededAt == null || this.#parts.clock.now() - supersededAt < changeMs) return
    this.quarantine(shown.device, 'old-certificate')
  }

  /** Lets the newest terminal of this name work, and revokes those that it replaces. */
  async accept(device: string, by: string): Promise<Enrolment> {
    return this.#turns.take(device, async () => {
      const pending = this.#newest(device, 'pending')
      if (!pending) throw new ProblemError('conflict', 'No enrolment of this terminal waits for acceptance')
      return this.#accept(pending, by)
    })
  }

  /** Ends every identity of this device for good. Resolves when nothing more is delivered and it is written. */
  async revoke(device: string, by: string): Promise<void> {
    const revoked = this.#all(device)
      .filter(({ admission }) => admission !== 'revoked')
      .map((enrolment) => this.#decide(enrolment, 'revoked', by, 'revoked'))
    if (revoked.length === 0) throw new ProblemError('conflict', 'This terminal has no identity to revoke')
    this.#bury(revoked)
    this.#parts.events.alarm('identity-revoked', device, by)
    await this.#turns.take(device, () => this.#register.write({ enrolments: revoked }))
  }

  /** Shuts out a terminal whose key seems to be in two places. */
  quarantine(device: string, reason: Suspicion): void {
    const suspects = this.#all(device)
      .filter(({ admission }) => admission === 'accepted')
      .map((enrolment) => this.#decide(enrolment, 'quarantined', null, reason))
    if (suspects.length === 0) return
    this.#bury(suspects)
    const { log, events } = this.#parts
    log.error({ terminal: device, reason }, 'a terminal was quarantined: its key seems to be in two places')
    events.alarm('identity-quarantined', device, reason)
    this.#turns
      .take(device, () => this.#register.write({ enrolments: suspects }))
      .catch((error: unknown) => log.error({ err: error, terminal: device }, 'a quarantine was not kept'))
  }

  /** Lets a terminal work again that was quarantined. */
  async release(device: string, by: string): Promise<Enrolment> {
    return this.#turns.take(device, async () => {
      const held = this.#newest(device, 'quarantined')
      if (!held) throw new ProblemError('conflict', 'This terminal is not quarantined')
      return this.#accept(held, by)
    })
  }

  /** A certificate for a simulated terminal: a further one of its enrolment where it has one that is accepted. */
  async enrolSimulated(device: string, issued: Issued): Promise<void> {
    const accepted = this.#newest(device, 'accepted')
    if (accepted) return this.renew(accepted, issued)
    const now = this.#parts.clock.now()
    await this.enrol(
      {
        id: uuidv7(now),
        device,
        village: '',
        serial: null,
        claim: null,
        admission: 'accepted',
        reason: null,
        enrolledAt: now,
        decidedAt: now,
        decidedBy: null,
      },
      issued,
    )
  }

  async #accept(enrolment: Enrolment, by: string): Promise<Enrolment> {
    const accepted = this.#decide(enrolment, 'accepted', by, null)
    const replaced = this.#replaced(accepted)
    await this.#register.write({ enrolments: [accepted, ...replaced] })
    // Who was revoked or quarantined meanwhile stays so.
    if (this.#enrolments.get(enrolment.id) !== enrolment) {
      throw new ProblemError('conflict', 'Something else was decided about this terminal meanwhile')
    }
    this.#keepEnrolment(accepted)
    this.#bury(replaced)
    return accepted
  }

  #replaced(by: Enrolment): Enrolment[] {
    return this.#all(by.device)
      .filter(({ id, admission }) => id !== by.id && admission !== 'revoked')
      .map((enrolment) => this.#decide(enrolment, 'revoked', by.decidedBy, 'replaced'))
  }

  #decide(enrolment: Enrolment, admission: Admission, by: string | null, reason: string | null): Enrolment {
    return { ...enrolment, admission, reason, decidedAt: this.#parts.clock.now(), decidedBy: by }
  }

  /** Takes effect at once: nothing more comes in, and what is open is cut. */
  #bury(enrolments: readonly Enrolment[]): void {
    for (const enrolment of enrolments) this.#keepEnrolment(enrolment)
    for (const { device } of enrolments) this.#parts.events.cut(device)
  }

  #keepEnrolment(enrolment: Enrolment): void {
    const ids = this.#ofDevice.get(enrolment.device) ?? []
    if (!this.#enrolments.has(enrolment.id)) this.#ofDevice.set(enrolment.device, [...ids, enrolment.id])
    this.#enrolments.set(enrolment.id, enrolment)
  }

  #all(device: string): Enrolment[] {
    return (this.#ofDevice.get(device) ?? []).flatMap((id) => this.#enrolments.get(id) ?? [])
  }

  #newest(device: string, admission: Admission): Enrolment | undefined {
    return this.#all(device).findLast((enrolment) => enrolment.admission === admission)
  }

  /** The newest that was used, or else the newest. */
  #certificateOf(enrolment: string): Certificate | undefined {
    const all = this.#certificates.of(enrolment)
    return all.findLast(({ usedAt }) => usedAt !== null) ?? all.at(-1)
  }
}
