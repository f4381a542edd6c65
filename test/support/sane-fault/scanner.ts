import type { ScanJob } from '../../../agent/capabilities/scanner/driver.ts'
import { SaneDriver, type SaneDriverOptions } from '../../../agent/capabilities/scanner/sane.ts'
import { assertNoChild } from '../scan.ts'
import { buildFaultBackend, faultDevice } from './build.ts'

/** The backend with its devices, built once in a process. */
export const backend = await buildFaultBackend()

/** Long enough for a busy machine, but for the end of a session. */
export const timeouts = { call: 10_000, firstByte: 10_000, stall: 10_000, close: 500 }

/** The SANE driver on a device of the backend. */
export const driverOf = (fault: string, options: SaneDriverOptions = {}): SaneDriver =>
  new SaneDriver({ ...backend, device: faultDevice(fault), timeouts, ...options })

/** The page that the tests ask for. */
export const page: ScanJob = { source: 'flatbed', dpi: 75, mode: 'grey' }

/** Nothing that the driver started is left. */
export const assertGone = async (driver: SaneDriver): Promise<void> => {
  await driver.idle()
  await assertNoChild()
}

/** The page that a sound device of the backend gives. */
export const pageOf = (rowBytes: number, lines: number): Buffer => {
  const bytes = Buffer.alloc(rowBytes * lines)
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = (7 * Math.floor(at / rowBytes) + (at % rowBytes)) % 251
  }
  return bytes
}
