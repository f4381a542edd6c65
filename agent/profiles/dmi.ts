import { join } from 'node:path'
import { readLine } from './usb.ts'

/** What the machine's firmware says of it (SMBIOS 3), without serial numbers; empty where it says nothing. */
export interface Dmi {
  readonly vendor: string
  readonly product: string
  readonly board: string
}

/** Reads what the kernel keeps of the firmware's tables. */
export const readDmi = async (folder = '/sys/class/dmi/id'): Promise<Dmi> => {
  const [vendor, product, boardVendor, boardName] = await Promise.all(
    ['sys_vendor', 'product_name', 'board_vendor', 'board_name'].map((name) => readLine(join(folder, name))),
  )
  return { vendor: vendor ?? '', product: product ?? '', board: `${boardVendor} ${boardName}`.trim() }
}
