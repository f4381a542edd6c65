import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { plainText } from './text.ts'

/** One device on the USB as the kernel describes it, without its serial number. */
export interface UsbDevice {
  /** `vendor:product`. */
  readonly id: string
  readonly manufacturer: string
  readonly product: string
  /** `class/subclass/protocol` of each interface, hexadecimal. */
  readonly interfaces: readonly string[]
}

const usbFolder = '/sys/bus/usb/devices'
const mostDevices = 127
const mostInterfaces = 32

/** The first line of a small file of the kernel; empty where there is none. */
export const readLine = async (path: string): Promise<string> => {
  const file = await open(path, 'r').catch(() => undefined)
  if (!file) return ''
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0)
    return plainText(buffer.toString('utf8', 0, bytesRead))
  } catch {
    return ''
  } finally {
    await file.close()
  }
}

const hexadecimal = (text: string, digits: number): string =>
  new RegExp(`^[0-9a-f]{${digits}}$`).test(text) ? text : ''

const readDevice = async (
  folder: string,
  name: string,
  names: readonly string[],
): Promise<UsbDevice | undefined> => {
  const line = (file: string, of = name) => readLine(join(folder, of, file))
  const vendor = hexadecimal(await line('idVendor'), 4)
  const product = hexadecimal(await line('idProduct'), 4)
  if (vendor === '' || product === '') return undefined
  const interfaces = names.filter((one) => one.startsWith(`${name}:`)).slice(0, mostInterfaces)
  return {
    id: `${vendor}:${product}`,
    manufacturer: await line('manufacturer'),
    product: await line('product'),
    interfaces: await Promise.all(
      interfaces.map(async (one) => {
        const codes = ['bInterfaceClass', 'bInterfaceSubClass', 'bInterfaceProtocol']
        return (await Promise.all(codes.map(async (code) => hexadecimal(await line(code, one), 2)))).join('/')
      }),
    ),
  }
}

/** Everything on the USB but its hubs, in the order of its ports; nothing where the machine has no USB. */
export const readUsb = async (folder = usbFolder): Promise<readonly UsbDevice[]> => {
  const names = (await readdir(folder).catch(() => [])).sort()
  const ports = names.filter((name) => /^[0-9]+-[0-9.]+$/.test(name)).slice(0, mostDevices)
  const devices = await Promise.all(ports.map((name) => readDevice(folder, name, names)))
  return devices.filter((device): device is UsbDevice => device !== undefined && !isHub(device))
}

const isHub = ({ interfaces }: UsbDevice): boolean => interfaces.some((one) => one.startsWith('09/'))

/** Whether a device prints (class 07 of USB) or is a still camera or scanner (class 06). */
export const isPrinterOrScanner = ({ interfaces }: UsbDevice): boolean =>
  interfaces.some((one) => one.startsWith('07/') || one.startsWith('06/'))
