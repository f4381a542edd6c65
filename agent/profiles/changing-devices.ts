import type { Devices } from '../capabilities/devices.ts'
import type { PageScan, ScanJob } from '../capabilities/scanner/driver.ts'

/** Devices whose drivers can be changed between two uses. */
export interface ChangingDevices {
  /** What capabilities hold; waits for the first drivers. */
  readonly devices: Devices
  /** Takes these drivers as soon as nothing is scanned or printed; resolves then. */
  change(drivers: Devices): Promise<void>
}

/** Devices without drivers until the first change. */
export const changingDevices = (): ChangingDevices => {
  const first = Promise.withResolvers<Devices>()
  let current: Devices | undefined
  let uses = 0
  let idle = Promise.withResolvers<void>()
  idle.resolve()

  const drivers = async (signal: AbortSignal): Promise<Devices> => {
    if (current) return current
    signal.throwIfAborted()
    const aborted = Promise.withResolvers<never>()
    const onAbort = () => aborted.reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await Promise.race([first.promise, aborted.promise])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }
  const begin = () => {
    if (uses === 0) idle = Promise.withResolvers()
    uses += 1
  }
  const end = () => {
    uses -= 1
    if (uses === 0) idle.resolve()
  }
  const using = async <T>(signal: AbortSignal, use: (devices: Devices) => Promise<T>): Promise<T> => {
    begin()
    try {
      return await use(await drivers(signal))
    } finally {
      end()
    }
  }
  async function* scan(job: ScanJob, signal: AbortSignal): AsyncGenerator<PageScan, void, undefined> {
    begin()
    try {
      yield* (await drivers(signal)).scanner.scan(job, signal)
    } finally {
      end()
    }
  }
  return {
    devices: {
      scanner: { describe: (signal) => using(signal, ({ scanner }) => scanner.describe(signal)), scan },
      printer: {
        describe: (signal) => using(signal, ({ printer }) => printer.describe(signal)),
        print: (job, signal, watch, accepted) =>
          using(signal, ({ printer }) => printer.print(job, signal, watch, accepted)),
      },
    },
    async change(next) {
      if (!current) {
        current = next
        first.resolve(next)
        return
      }
      while (uses > 0) await idle.promise
      current = next
    },
  }
}
