import { findQuirk } from '../../../protocol/quirks.ts'
import type { DeviceProfile } from '../device-profile.ts'
import type { IppDriverOptions } from './ipp.ts'

/** A model's quirks in the words of the IPP driver. */
export const ippOptionsOf = ({
  quirks,
}: DeviceProfile): Pick<IppDriverOptions, 'keepAlive' | 'plainUserName'> => {
  const keepAlive = findQuirk(quirks, 'keepAlive')
  return {
    ...(keepAlive ? { keepAlive: keepAlive.keep } : {}),
    ...(findQuirk(quirks, 'userNameWithoutBackslash') ? { plainUserName: true } : {}),
  }
}
