import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerControl } from './control.ts'
import { Device, type ScanSpeed } from './device.ts'
import { type DocumentPageName, documentSheet } from './document-pages.ts'
import { answerEscl } from './escl-server.ts'
import type { MfpFault } from './fault.ts'
import { type Sheet, sheetFromFile } from './sheet.ts'

export type { ScanSpeed } from './device.ts'
export { type DocumentPageName, documentPages, documentSheet } from './document-pages.ts'
export type { MfpFault } from './fault.ts'
export { type Sheet, sheetFromFile, sheetOf } from './sheet.ts'

/** What a virtual MFP is. */
export interface VirtualMfpOptions {
  /** For what lies on the glass and in the feeder; made when missing. */
  readonly folder: string
  /** The printer beside it: prints can be named by their file in this folder. */
  readonly printer?: { readonly folder: string }
  /** Pages of ours: the first lies on the glass, all of them in the feeder; `application` on the glass unless told. */
  readonly pages?: readonly DocumentPageName[]
  readonly speed?: ScanSpeed
  /** A free one unless told. */
  readonly port?: number
}

/** A multifunction printer's scanner: an eSCL server on 127.0.0.1 whose glass and feeder hold pictures. */
export interface VirtualMfp {
  /** `http://127.0.0.1:…/eSCL/`. */
  readonly url: string
  /** The page that shows the glass; below it `control/` takes JSON. */
  readonly panel: string
  /** What lies on the glass now. */
  readonly glass: Sheet | undefined
  /** How many sheets the feeder holds. */
  readonly feederSheets: number
  /** Lays a sheet, a picture's file, or a page (counted from 1) of a PDF on the glass. */
  layOnGlass(what: Sheet | string, page?: number): Promise<void>
  /** Lays a page of what the printer has printed (PDF, PWG raster, JPEG or PNG) on the glass. */
  layPrint(jobFile: string, page?: number): Promise<void>
  clearGlass(): void
  /** Puts sheets or files into the feeder instead of what it held. */
  loadFeeder(what: readonly (Sheet | string)[]): Promise<void>
  setFault(fault: MfpFault | undefined): void
  setSpeed(speed: ScanSpeed): void
  stop(): Promise<void>
}

/** Starts a virtual MFP. */
export const startVirtualMfp = async (options: VirtualMfpOptions): Promise<VirtualMfp> => {
  await mkdir(options.folder, { recursive: true })
  const device = new Device()
  device.speed = options.speed ?? {}
  const pages = await Promise.all((options.pages ?? []).map(documentSheet))
  device.glass = pages[0] ?? (await documentSheet('application'))
  device.feeder.push(...pages)

  const server = createServer((incoming, answer) => {
    answerAny(device, options, incoming, answer).catch(() => answer.destroy())
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const panel = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

  const toSheet = async (what: Sheet | string, page?: number): Promise<Sheet> =>
    typeof what === 'string' ? sheetFromFile(what, what, page) : what
  const layOnGlass = async (what: Sheet | string, page?: number): Promise<void> => {
    device.glass = await toSheet(what, page)
  }

  return {
    url: `${panel}eSCL/`,
    panel,
    get glass() {
      return device.glass
    },
    get feederSheets() {
      return device.feeder.length
    },
    layOnGlass,
    layPrint: layOnGlass,
    clearGlass() {
      device.glass = undefined
    },
    async loadFeeder(what) {
      const sheets = await Promise.all(what.map((one) => toSheet(one)))
      device.feeder.splice(0, Number.POSITIVE_INFINITY, ...sheets)
    },
    setFault(fault) {
      device.fault = fault
    },
    setSpeed(speed) {
      device.speed = speed
    },
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const answerAny = async (
  device: Device,
  options: VirtualMfpOptions,
  incoming: IncomingMessage,
  answer: ServerResponse,
): Promise<void> => {
  if (incoming.url?.startsWith('/eSCL/') === true) await answerEscl(device, incoming, answer)
  else await answerControl(device, options.folder, options.printer?.folder, incoming, answer)
}
