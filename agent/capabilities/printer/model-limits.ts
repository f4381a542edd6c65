import type { PrinterDescription } from '../../../protocol/capabilities/printer.ts'
import { findQuirk } from '../../../protocol/quirks.ts'
import type { DeviceProfile } from '../device-profile.ts'
import type { PrintDriver } from './driver.ts'

/** What a printer can do, bounded by what is known of its model; nothing is added to what it says itself. */
export const boundPrinter = (
  printer: PrinterDescription,
  { print, quirks }: DeviceProfile,
): PrinterDescription => ({
  ...printer,
  formats: printer.formats.filter((format) => {
    const known = print?.formats as readonly string[] | undefined
    return known?.includes(format) ?? true
  }),
  colour: printer.colour && print?.colour !== false && !findQuirk(quirks, 'greyOnly'),
  duplex: printer.duplex && print?.duplex !== false,
})

/** A printer within the limits of its model. */
export const withinPrintLimits = (driver: PrintDriver, profile: DeviceProfile): PrintDriver => ({
  describe: async (signal) => boundPrinter(await driver.describe(signal), profile),
  print: (job, signal, watch, accepted) => driver.print(job, signal, watch, accepted),
})
