import { CommandError } from '../../protocol/errors.ts'
import type { Devices } from '../capabilities/devices.ts'

/** How long a device has to be silent until it is looked for, and the longest wait between two looks; milliseconds. */
export interface AbsenceTimes {
  readonly firstMs: number
  readonly longestMs: number
}

/** Knows when a device that was chosen is to be looked for elsewhere. */
export interface Absence {
  /** The same devices, listened to. */
  readonly devices: Devices
  /** Whether it is time to look. Each yes makes the next one take twice as long: most that are silent are switched off. */
  due(): boolean
}

/** Listens to what capabilities hear when they ask these devices what they are; asks nothing itself. */
export const watchAbsence = (
  { scanner, printer }: Devices,
  sought: { readonly scanner: boolean; readonly printer: boolean },
  { firstMs, longestMs }: AbsenceTimes,
): Absence => {
  const silent = new Set<keyof Devices>()
  let waitMs = firstMs
  let dueAt = 0

  const missed = (name: keyof Devices) => {
    if (silent.size === 0) {
      waitMs = firstMs
      dueAt = performance.now() + waitMs
    }
    silent.add(name)
  }
  const heard =
    <T>(name: keyof Devices, describe: (signal: AbortSignal) => Promise<T>) =>
    async (signal: AbortSignal): Promise<T> => {
      try {
        const description = await describe(signal)
        silent.delete(name)
        return description
      } catch (thrown) {
        const isAbsent = thrown instanceof CommandError && thrown.code === 'device-absent'
        if (isAbsent && sought[name] && !signal.aborted) missed(name)
        throw thrown
      }
    }
  return {
    devices: {
      scanner: {
        describe: heard('scanner', (signal) => scanner.describe(signal)),
        scan: (job, signal) => scanner.scan(job, signal),
      },
      printer: {
        describe: heard('printer', (signal) => printer.describe(signal)),
        print: (...job) => printer.print(...job),
      },
    },
    due() {
      const now = performance.now()
      if (silent.size === 0 || now < dueAt) return false
      waitMs = Math.min(waitMs * 2, longestMs)
      dueAt = now + waitMs
      return true
    },
  }
}
