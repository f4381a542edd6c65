import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { SimulatedDevices } from '../../../simulator/devices.ts'
import { type PrinterOptions, type SimulatedPrinter, startPrinter } from '../../../simulator/printer.ts'
import { a4, testDevice, writeSaneConfiguration } from '../../../simulator/sane.ts'
import { startVirtualMfp, type VirtualMfp } from '../../../simulator/virtual-mfp/virtual-mfp.ts'

/** The devices of one terminal, with the handles that a person at the machine has. */
export interface Station extends SimulatedDevices {
  readonly printer: SimulatedDevices['printer']
  readonly paper: SimulatedPrinter
  readonly mfp?: VirtualMfp
}

/** Where one station stands, and what its printer is beside the usual. */
export interface StationPlace {
  readonly id: string
  readonly folder: string
  readonly printer?: Partial<PrinterOptions>
}

const startPaper = ({ id, folder, printer }: StationPlace): Promise<SimulatedPrinter> =>
  startPrinter({ folder: join(folder, 'printed'), name: `Avyl ${id}`, ...printer })

/** SANE's test backend with a glass of this size in millimetres, and an `ippeveprinter`. */
export const startSaneStation = async (
  place: StationPlace,
  glass: { readonly width: number; readonly height: number } = a4,
): Promise<Station> => {
  await mkdir(place.folder, { recursive: true })
  const configDir = join(place.folder, 'sane.d')
  await writeSaneConfiguration(configDir)
  const paper = await startPaper(place)
  return {
    scanner: { driver: 'sane', device: testDevice, configDir, maxArea: glass },
    printer: { driver: 'ipp', uri: paper.uri },
    paper,
    stop: () => paper.stop(),
  }
}

/** The virtual MFP as scanner, and an `ippeveprinter`. */
export const startMfpStation = async (place: StationPlace): Promise<Station> => {
  await mkdir(place.folder, { recursive: true })
  const paper = await startPaper(place)
  const mfp = await startVirtualMfp({ folder: join(place.folder, 'mfp'), pages: ['application', 'extract'] })
  return {
    scanner: { driver: 'escl', url: mfp.url },
    printer: { driver: 'ipp', uri: paper.uri },
    paper,
    mfp,
    panel: mfp.panel,
    async stop() {
      await mfp.stop()
      await paper.stop()
    },
  }
}
