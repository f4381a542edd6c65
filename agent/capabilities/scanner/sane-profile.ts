import type { SaneTimeouts } from '../../devices/sane/process.ts'
import type { DeviceProfile } from '../device-profile.ts'

/** A model's patience in the words of a SANE session. */
export const saneTimeoutsOf = ({ timeouts }: DeviceProfile): Partial<SaneTimeouts> => {
  const { openMs, firstByteMs, stallMs, closeMs } = timeouts
  return {
    ...(openMs === undefined ? {} : { call: openMs }),
    ...(firstByteMs === undefined ? {} : { firstByte: firstByteMs }),
    ...(stallMs === undefined ? {} : { stall: stallMs }),
    ...(closeMs === undefined ? {} : { close: closeMs }),
  }
}
