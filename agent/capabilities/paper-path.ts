import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FinishedPage } from '../../documents/page.ts'
import type { PrinterDescription } from '../../protocol/capabilities/printer.ts'
import type { ScanMode, ScannerDescription } from '../../protocol/capabilities/scanner.ts'
import { CommandError } from '../../protocol/errors.ts'
import type { Progress } from '../../protocol/messages.ts'
import type { AgentConfig } from '../config.ts'
import { compileCacheOf, type Devices } from './devices.ts'

/** Paper out of this terminal and back in, without the fleet. All of it throws `CommandError`. */
export interface PaperPath {
  describeScanner(signal: AbortSignal): Promise<ScannerDescription>
  describePrinter(signal: AbortSignal): Promise<PrinterDescription>
  /** Prints a PDF of this terminal; `began` is awaited before the printer gets the first byte. */
  print(
    file: string,
    began: () => Promise<void>,
    show: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<{ readonly impressions: number }>
  /** One page from the glass as JPEG. */
  scan(job: { readonly dpi: number; readonly mode: ScanMode }, signal: AbortSignal): Promise<FinishedPage>
}

const workerOf = ({ childPaths: { pages } }: AgentConfig): { readonly pages?: URL } =>
  pages === undefined ? {} : { pages: pathToFileURL(pages) }

/** The paper path of these devices, by the rules of the scanner and the printer; their code is loaded when needed. */
export const createPaperPath = (config: AgentConfig, devices: Devices): PaperPath => ({
  describeScanner: (signal) => devices.scanner.describe(signal),
  describePrinter: (signal) => devices.printer.describe(signal),

  async print(file, began, show, signal) {
    const [{ printerCapability }, { printPreparation }] = await Promise.all([
      import('./printer/index.ts'),
      import('../../documents/preparation.ts'),
    ])
    const { pages: worker } = workerOf(config)
    const folder = join(config.dataFolder, 'tmp')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const { printing } = printerCapability({
      driver: devices.printer,
      preparation: printPreparation(worker === undefined ? {} : { worker }),
      folder,
      artefacts: {
        fetch: async () => {
          throw new CommandError('unsupported', 'Only own documents are printed here')
        },
      },
    })
    const context = { id: 'setup', signal, progress: show, effectBegins: began }
    return printing.print(file, 'application/pdf', { copies: 1, duplex: 'none', colour: false }, context)
  },

  async scan(job, signal) {
    const { createScanning } = await import('./scanner/scanning.ts')
    let page: FinishedPage | undefined
    const { pages: entry } = workerOf(config)
    const pageWorker = { compileCacheDir: compileCacheOf(config), ...(entry === undefined ? {} : { entry }) }
    await createScanning(devices.scanner, pageWorker).scan(
      { source: 'flatbed', ...job },
      { encoding: 'jpeg', blackwhite: false },
      {
        began: () => undefined,
        band: () => undefined,
        async finished(_, finished) {
          page = finished
        },
      },
      signal,
    )
    if (page === undefined) throw new CommandError('no-document', 'The scanner gave no page')
    return page
  },
})
