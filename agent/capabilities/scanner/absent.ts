import { CommandError } from '../../../protocol/errors.ts'
import type { ScanDriver } from './driver.ts'

const absent = (): never => {
  throw new CommandError('device-absent', 'This terminal has no scanner')
}

/** The driver of a terminal without a scanner. */
export const absentScanner: ScanDriver = {
  describe: async () => absent(),
  scan: () => absent(),
}
