import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Surroundings } from '../../agent/profiles/surroundings.ts'
import { attributes, serveHttp, serveIpp } from './ipp-server.ts'

const path = (name: string): string => fileURLToPath(new URL(`../fixtures/devices/${name}`, import.meta.url))

/** Captured trees of the kernel: a printer behind a hub, and what a firmware says of its machine. */
export const capturedUsb = path('usb')
export const capturedDmi = path('dmi')

/** `ScannerCapabilities` of a model that no profile knows, with a serial number that is nobody's. */
export const capturedCapabilities = (): Promise<string> => readFile(path('capabilities.xml'), 'utf8')

/** A scanner and a printer of this model on free ports of a loopback address, which say nothing while they are not on. */
export const startUnknownDevice = async (model = 'Katusha M240', isOn = () => true, host = '127.0.0.1') => {
  const document = (await capturedCapabilities()).replace('Katusha M240', model)
  const asked: string[] = []
  const scanner = await serveHttp(
    (request, response) => {
      asked.push(request.url ?? '')
      const known = isOn() && request.url === '/eSCL/ScannerCapabilities'
      response.writeHead(known ? 200 : 404, { 'content-type': 'text/xml' }).end(known ? document : '')
    },
    0,
    host,
  )
  const told = {
    code: 0,
    groups: [
      { tag: 'operation', attributes: attributes({ 'attributes-charset': 'utf-8' }) },
      {
        tag: 'printer',
        attributes: attributes({
          'printer-make-and-model': model,
          'printer-info': 'Printer of Anna in room 3',
          'printer-uuid': 'urn:uuid:4509a320-00a0-008f-00b6-002507510eca',
          'document-format-supported': ['image/pwg-raster', 'image/urf'],
          'sides-supported': ['one-sided'],
        }),
      },
    ],
  } as const
  const printer = await serveIpp(() => (isOn() ? told : undefined), host)
  return {
    scannerUrl: scanner.uri.replace('ipp:', 'http:').replace('/ipp/print', '/eSCL/'),
    printerUri: printer.uri,
    asked,
    async stop() {
      await scanner.stop()
      await printer.stop()
    },
  }
}

/** A place where nothing is. */
export const nothingThere: Surroundings = {
  dmi: { vendor: '', product: '', board: '' },
  usb: [],
  escl: [],
  ipp: [],
  announced: [],
}
