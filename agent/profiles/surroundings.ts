import { setTimeout as sleep } from 'node:timers/promises'
import type { MfpSigns } from '../../protocol/profile-matching.ts'
import { passes } from '../setup/ports.ts'
import { type Dmi, readDmi } from './dmi.ts'
import { askEscl, type EsclAnswer } from './look-escl.ts'
import { askIpp, type IppAnswer } from './look-ipp.ts'
import type { Announcement } from './mdns.ts'
import { readUsb, type UsbDevice } from './usb.ts'

/** What is there: the machine, and the devices that it can reach. */
export interface Surroundings {
  readonly dmi: Dmi
  readonly usb: readonly UsbDevice[]
  readonly escl: readonly EsclAnswer[]
  readonly ipp: readonly IppAnswer[]
  readonly announced: readonly Announcement[]
}

/** Where to look. */
export interface Places {
  /** Addresses of the configuration. */
  readonly scannerUrl?: string
  readonly printerUri?: string
  /** Where the printer stands on the local network. */
  readonly host?: string
  /** Where on it models are known to listen for eSCL, as `port/path`, and their IPP addresses with `{host}`. */
  readonly esclPlaces: readonly string[]
  readonly ippPatterns: readonly string[]
  /** Gives what announces itself on the network; without it nobody is listened to. */
  readonly browse?: () => Promise<readonly Announcement[]>
  /** Ports of this machine at which ipp-usb listens when it has devices. */
  readonly ippUsbPorts?: readonly number[]
  readonly usbFolder?: string
  readonly dmiFolder?: string
}

/** The queue that a terminal's own CUPS has for a printer without IPP. */
export const queueUri = 'ipp://127.0.0.1:631/printers/avyl'

const ippUsbPorts = [60_000, 60_001, 60_002, 60_003]
/** It listens only seconds after a device was plugged in, or after it was restarted itself; in milliseconds. */
const ippUsbMs = 5000
const ippUsbPauseMs = 500
/** The longest look, in milliseconds. */
const lookMs = 15_000

/** Printer class with IPP over USB (IPP-USB 1.0, 4.2). */
const speaksIppUsb = ({ interfaces }: UsbDevice): boolean => interfaces.includes('07/01/04')

const present = <T>(all: readonly (T | undefined)[]): T[] => all.filter((one) => one !== undefined)
const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host)

const esclAddresses = (
  places: Places,
  ports: readonly number[],
  announced: readonly Announcement[],
): Map<string, EsclAnswer['over']> => {
  const found = new Map<string, EsclAnswer['over']>()
  const add = (url: string, over: EsclAnswer['over']) => found.has(url) || found.set(url, over)
  if (places.scannerUrl !== undefined) add(places.scannerUrl, 'network')
  for (const port of ports) add(`http://127.0.0.1:${port}/eSCL/`, 'ipp-usb')
  if (places.host !== undefined) {
    for (const place of places.esclPlaces) add(`http://${inUrl(places.host)}:${place}`, 'network')
  }
  for (const { service, host, port, path } of announced) {
    const folder = /^[A-Za-z0-9._/-]{1,60}$/.test(path) ? path.replace(/^\/+|\/+$/g, '') : 'eSCL'
    if (service === 'escl') add(`http://${host}:${port}/${folder}/`, 'network')
  }
  return found
}

const ippAddresses = (
  places: Places,
  ports: readonly number[],
  announced: readonly Announcement[],
): Map<string, IppAnswer['over']> => {
  const found = new Map<string, IppAnswer['over']>()
  const add = (uri: string, over: IppAnswer['over']) => found.has(uri) || found.set(uri, over)
  if (places.printerUri !== undefined) add(places.printerUri, 'network')
  for (const port of ports) add(`ipp://127.0.0.1:${port}/ipp/print`, 'ipp-usb')
  const { host } = places
  if (host !== undefined) {
    for (const pattern of places.ippPatterns) add(pattern.replace('{host}', inUrl(host)), 'network')
  }
  for (const { service, host: at, port, path } of announced) {
    if (service === 'ipp' && /^[A-Za-z0-9._/-]{1,60}$/.test(path))
      add(`ipp://${at}:${port}/${path}`, 'network')
  }
  add(queueUri, 'queue')
  return found
}

/** Resolves when ipp-usb has brought up a device at one of these ports, or is not expected to do so any more. */
const ippUsbIsUp = async (ports: readonly number[], signal: AbortSignal): Promise<void> => {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ippUsbMs)])
  const listens = (port: number) => passes({ host: '127.0.0.1', port, protocol: 'tcp' }, limit)
  while (ports.length > 0 && !limit.aborted) {
    if ((await Promise.all(ports.map(listens))).includes(true)) return
    await sleep(ippUsbPauseMs)
  }
}

/** Looks at everything at once. Never throws; what does not answer in time is not there. */
export const lookAround = async (places: Places, signal: AbortSignal): Promise<Surroundings> => {
  const within = AbortSignal.any([signal, AbortSignal.timeout(lookMs)])
  const [dmi, usb, announced] = await Promise.all([
    readDmi(places.dmiFolder),
    readUsb(places.usbFolder),
    places.browse?.() ?? [],
  ])
  const ports = usb.some(speaksIppUsb) ? (places.ippUsbPorts ?? ippUsbPorts) : []
  const usbIsUp = ippUsbIsUp(ports, within)
  const askAll = <O extends string, A>(
    addresses: ReadonlyMap<string, O>,
    ask: (address: string, over: O, signal: AbortSignal) => Promise<A | undefined>,
  ) =>
    Promise.all(
      [...addresses].map(async ([address, over]) => {
        if (over === 'ipp-usb') await usbIsUp
        return ask(address, over, within)
      }),
    )
  const [escl, ipp] = await Promise.all([
    askAll(esclAddresses(places, ports, announced), askEscl),
    askAll(ippAddresses(places, ports, announced), askIpp),
  ])
  return { dmi, usb, escl: present(escl), ipp: present(ipp), announced }
}

/** What of the surroundings profiles are matched with. */
export const signsOf = ({ usb, escl, ipp, announced }: Surroundings): MfpSigns => ({
  usb: usb.map(({ id }) => id),
  escl: escl.map(({ makeAndModel }) => makeAndModel),
  ipp: ipp.map(({ makeAndModel }) => makeAndModel),
  mdns: announced.map(({ type }) => type),
})
