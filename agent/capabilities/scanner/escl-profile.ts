import { findQuirk } from '../../../protocol/quirks.ts'
import type { DeviceProfile } from '../device-profile.ts'
import type { EsclDriverOptions } from './escl.ts'

/** A model's patience and quirks in the words of the eSCL driver. What it does for all models needs no word here. */
export const esclOptionsOf = ({
  timeouts,
  quirks,
}: DeviceProfile): Required<Pick<EsclDriverOptions, 'timeouts' | 'quirks'>> => {
  const keepAlive = findQuirk(quirks, 'keepAlive')
  const busyRetry = findQuirk(quirks, 'busyRetry')
  const delay = findQuirk(quirks, 'nextDocumentDelay')
  const errorBody = findQuirk(quirks, 'errorBodyWith200')
  const hangs = findQuirk(quirks, 'hangsAfterCancel')
  const { openMs, firstByteMs, stallMs, closeMs } = timeouts
  return {
    timeouts: {
      ...(openMs === undefined ? {} : { connectMs: openMs }),
      ...(firstByteMs === undefined ? {} : { firstByteMs }),
      ...(stallMs === undefined ? {} : { stallMs }),
      ...(closeMs === undefined ? {} : { settleMs: closeMs }),
      ...(busyRetry ? { busyMs: busyRetry.forMs } : {}),
    },
    quirks: {
      ...(keepAlive ? { keepAlive: keepAlive.keep } : {}),
      ...(delay ? { earlyPages: { firstMs: delay.firstMs, mostMs: delay.mostMs } } : {}),
      ...(errorBody ? { errorPages: errorBody.tries } : {}),
      ...(hangs ? { runOutMs: hangs.forMs } : {}),
    },
  }
}
