import { CommandError } from '../../../protocol/errors.ts'
import type { PrintDriver } from './driver.ts'

const absent = async (): Promise<never> => {
  throw new CommandError('device-absent', 'This terminal has no printer')
}

/** The driver of a terminal without a printer. */
export const absentPrinter: PrintDriver = { describe: absent, print: absent }
