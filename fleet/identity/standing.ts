import type { Admission } from '../../protocol/enrolment.ts'
import type { Certificate, Enrolment } from './register.ts'

/** What a certificate is worth. `superseded` means that a newer one of the same terminal has taken its place. */
export type Standing = Admission | 'superseded'

/** What the holder of a certificate is told of itself: one that is no good any more is revoked, whatever the reason. */
export const admissionOf = (standing: Standing): Admission =>
  standing === 'superseded' ? 'revoked' : standing

/** The one place that says what a certificate of ours is worth, its dates aside. */
export const standingOf = (enrolment: Enrolment, certificate: Certificate): Standing =>
  certificate.supersededAt === null || enrolment.admission === 'revoked' ? enrolment.admission : 'superseded'
