import { createPrivateKey } from 'node:crypto'
import type { SigningKeys } from '../../protocol/signing.ts'
import { openKeys } from '../link/signed-keys.ts'
import { chainToRoot, readCertificates } from '../link/trust.ts'

/** An answer of the fleet that this terminal could do nothing with: it is as good as none. */
export class AnswerUnfit extends Error {
  override readonly name = 'AnswerUnfit'
}

/** From when until when a certificate is valid, in milliseconds since 1970. */
export interface Validity {
  readonly from: number
  readonly until: number
}

/** The validity of the first certificate of a PEM text. Throws when there is none. */
export const validityOf = (certificate: string): Validity => {
  const [own] = readCertificates(certificate)
  if (!own) throw new AnswerUnfit('There is no certificate')
  return { from: own.validFromDate.getTime(), until: own.validToDate.getTime() }
}

/**
 * Checks what the fleet issued before it takes the place of anything: the certificate is for this key, and it and the
 * signing keys lead to the roots that came with it. Throws `AnswerUnfit` or `UntrustedKeys`.
 */
export const checkIssued = (
  answer: { readonly certificate: string; readonly ca: string; readonly keys: SigningKeys },
  key: string,
): void => {
  const [own, ...between] = readCertificates(answer.certificate)
  if (!own?.checkPrivateKey(createPrivateKey(key))) {
    throw new AnswerUnfit('The certificate is not for the key of this terminal')
  }
  if (!chainToRoot(own, between, readCertificates(answer.ca))) {
    throw new AnswerUnfit('The certificate leads to none of the roots')
  }
  openKeys(answer.keys, answer.ca)
}
