import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { PrinterConfig, ScannerConfig } from '../agent/config.ts'
import { startPrinter } from './printer.ts'
import { a4, testDevice, writeSaneConfiguration } from './sane.ts'
import { startVirtualMfp } from './virtual-mfp/virtual-mfp.ts'

/** The devices of one simulated terminal, and how its agent reaches them. */
export interface SimulatedDevices {
  readonly scanner: ScannerConfig
  readonly printer: PrinterConfig
  /** The page of the virtual MFP, where the terminal has one. */
  readonly panel?: string
  stop(): Promise<void>
}

/** Where the devices of one terminal keep their things. */
export interface DevicePlace {
  readonly id: string
  /** The terminal's own folder. */
  readonly folder: string
  /** Where the printers of all terminals keep what they received, one file a job. */
  readonly printed: string
}

const formats = ['application/pdf', 'image/jpeg', 'image/pwg-raster']

/** SANE's own `test` backend as scanner, an `ippeveprinter` as printer. */
export const startTestDevices = async ({ id, folder, printed }: DevicePlace): Promise<SimulatedDevices> => {
  const configDir = join(folder, 'sane.d')
  await writeSaneConfiguration(configDir)
  const printer = await startPrinter({ folder: printed, name: `Avyl ${id}`, prefix: `${id}-`, formats })
  return {
    scanner: { driver: 'sane', device: testDevice, configDir, maxArea: a4 },
    printer: { driver: 'ipp', uri: printer.uri },
    stop: () => printer.stop(),
  }
}

/** The virtual MFP: a scanner with pages of ours, and a printer whose prints can be laid on its glass. */
export const startMfpDevices = async ({ id, folder, printed }: DevicePlace): Promise<SimulatedDevices> => {
  await mkdir(folder, { recursive: true })
  const printer = await startPrinter({ folder: printed, name: `Avyl MFP ${id}`, prefix: `${id}-`, formats })
  const mfp = await startVirtualMfp({
    folder: join(folder, 'mfp'),
    printer: { folder: printed },
    pages: ['application', 'extract', 'notice', 'questionnaire'],
  })
  return {
    scanner: { driver: 'escl', url: mfp.url },
    printer: { driver: 'ipp', uri: printer.uri },
    panel: mfp.panel,
    async stop() {
      await mfp.stop()
      await printer.stop()
    },
  }
}
