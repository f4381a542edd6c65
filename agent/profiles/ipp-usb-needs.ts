import type { MfpProfile } from '../../protocol/firmware-profile.ts'
import { findQuirk } from '../../protocol/quirks.ts'
import type { IppUsbNeeds } from '../devices/ipp-usb/ipp-usb.ts'

/** What the quirks of these models mean to ipp-usb. */
export const ippUsbNeeds = (mfps: readonly MfpProfile[]): readonly IppUsbNeeds[] =>
  mfps.flatMap(({ match, quirks }) => {
    const restart = findQuirk(quirks, 'restartIppUsbAfterReplug')
    const interfaces = findQuirk(quirks, 'maxInterfaces')
    const reset = findQuirk(quirks, 'initReset')
    if (!match.usb || !(restart ?? interfaces ?? reset)) return []
    return {
      usb: match.usb,
      restartAfterReplug: restart !== undefined,
      ...(interfaces ? { maxInterfaces: interfaces.count } : {}),
      ...(reset ? { initReset: reset.how } : {}),
    }
  })
