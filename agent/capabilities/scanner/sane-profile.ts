import { findQuirk } from '../../../protocol/quirks.ts'
import type { SaneSessionOptions } from '../../devices/sane/process.ts'
import type { DeviceProfile } from '../device-profile.ts'

/** A model's patience and quirks in the words of a SANE session. */
export const saneOptionsOf = ({
  timeouts,
  quirks,
}: DeviceProfile): Required<Pick<SaneSessionOptions, 'timeouts'>> & Pick<SaneSessionOptions, 'runOutMs'> => {
  const hangs = findQuirk(quirks, 'hangsAfterCancel')
  const { openMs, firstByteMs, stallMs, closeMs } = timeouts
  return {
    timeouts: {
      ...(openMs === undefined ? {} : { call: openMs }),
      ...(firstByteMs === undefined ? {} : { firstByte: firstByteMs }),
      ...(stallMs === undefined ? {} : { stall: stallMs }),
      ...(closeMs === undefined ? {} : { close: closeMs }),
    },
    ...(hangs ? { runOutMs: hangs.forMs } : {}),
  }
}
