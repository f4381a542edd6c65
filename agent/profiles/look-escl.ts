import { EsclClient, parseCapabilities } from '../devices/escl/escl.ts'
import { plainText } from './text.ts'

/** How a device answered to eSCL. */
export interface EsclAnswer {
  readonly url: string
  readonly over: 'network' | 'ipp-usb'
  readonly makeAndModel: string
  /** Its `ScannerCapabilities`, without what tells one device from another. */
  readonly document: string
}

const timeouts = { connectMs: 1500, firstByteMs: 6000, stallMs: 3000 }
const mostCharacters = 48 * 1024

/** Elements of `ScannerCapabilities` that name one device, its place or its addresses. */
const personal = 'SerialNumber|UUID|AdminURI|IconURI|CertificateURI|CertsURI|Location|DeviceName'
const personalElements = new RegExp(
  `<((?:[A-Za-z0-9]{1,20}:)?(?:${personal}))(?:\\s[^<>]{0,200})?>[^<]{0,2000}</\\1>`,
  'gi',
)

/** The document without serial number, UUID, place and addresses. */
export const withoutNames = (document: string): string =>
  document.slice(0, mostCharacters).replace(personalElements, '')

/** What the device at this address says of its scanner; `undefined` when it does not speak eSCL there. */
export const askEscl = async (
  url: string,
  over: EsclAnswer['over'],
  signal: AbortSignal,
): Promise<EsclAnswer | undefined> => {
  let client: EsclClient | undefined
  try {
    client = new EsclClient({ url, timeouts })
    const document = await client.capabilitiesDocument(signal)
    const { makeAndModel } = parseCapabilities(document)
    return { url, over, makeAndModel: plainText(makeAndModel), document: withoutNames(document) }
  } catch {
    // Whatever answers there, it is no scanner of ours.
    return undefined
  } finally {
    client?.close()
  }
}
