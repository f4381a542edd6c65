import { Check } from 'typebox/value'
import { claimCodePattern, HardwareSerial, readClaimCode } from '../../protocol/enrolment.ts'
import type { DoorAddress } from '../link/credentials.ts'
import { readCertificates } from '../link/trust.ts'
import { type Claim, ClaimError } from './identity.ts'
import type { StoredClaim } from './store.ts'

/** What fills in a claim that is a code alone. */
export interface ClaimDefaults {
  readonly address?: DoorAddress
  readonly ca?: string
  readonly serial: string
}

const isCode = new RegExp(claimCodePattern)

/** A claim that can be redeemed. Throws `ClaimError`. */
export const completeClaim = (claim: Claim, defaults: ClaimDefaults): StoredClaim => {
  const code = readClaimCode(claim.code)
  const { fleet: address, ca = defaults.ca, serial = defaults.serial } = claim
  if (!isCode.test(code)) {
    throw new ClaimError('code-invalid', 'The code has not ten characters of those that codes have')
  }
  if (!Check(HardwareSerial, serial)) {
    throw new ClaimError('serial-differs', 'The serial number cannot be one')
  }
  if (!address && !defaults.address) {
    throw new ClaimError('fleet-unknown', 'It is not said where the fleet is')
  }
  try {
    if (readCertificates(ca ?? '').length > 0) {
      return { code, serial, ca: ca ?? '', ...(address ? { address } : {}) }
    }
  } catch {
    // As good as none.
  }
  throw new ClaimError('fleet-unknown', 'There is no root certificate to trust')
}
