import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A device on the USB as the kernel tells of it. */
export interface PluggedDevice {
  /** `vendor:product`. */
  readonly id: string
  readonly manufacturer: string
  readonly product: string
  /** Another one each time it is plugged in. */
  readonly number: string
}

const mostDevices = 127
const mostCharacters = 200

/** What is plugged in below `folder` (as `/sys/bus/usb/devices`); nothing where there is no USB. */
export const readPlugged = async (folder: string): Promise<readonly PluggedDevice[]> => {
  const line = async (name: string, file: string): Promise<string> => {
    const text = await readFile(join(folder, name, file), 'utf8').catch(() => '')
    return text.slice(0, mostCharacters).trim()
  }
  const names = await readdir(folder).catch(() => [])
  const ports = names.filter((name) => /^[0-9]+-[0-9.]+$/.test(name)).slice(0, mostDevices)
  return Promise.all(
    ports.map(async (name) => {
      const files = ['idVendor', 'idProduct', 'manufacturer', 'product', 'devnum']
      const [vendor, model, manufacturer = '', product = '', number = ''] = await Promise.all(
        files.map((file) => line(name, file)),
      )
      return { id: `${vendor}:${model}`, manufacturer, product, number }
    }),
  )
}
