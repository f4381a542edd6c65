import { execFile } from 'node:child_process'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { type PluggedDevice, readPlugged } from './usb-devices.ts'

/** What one model needs of ipp-usb. */
export interface IppUsbNeeds {
  /** Its USB ids, `vendor:product`. */
  readonly usb: readonly string[]
  /** ipp-usb does not find it again after it was unplugged. */
  readonly restartAfterReplug: boolean
  readonly maxInterfaces?: number
  readonly initReset?: 'soft' | 'hard'
}

export interface IppUsbOptions {
  /** A file of its quirks folder that is ours alone. */
  readonly quirksFile: string
  /** Restarts the service; by systemd unless told. */
  readonly restart?: () => Promise<void>
  readonly usbFolder?: string
}

/** ipp-usb, which makes IPP and eSCL of USB devices, kept in order for models that need it. */
export interface IppUsb {
  /** Looks what is plugged in, and restarts ipp-usb where a device needs that; whether it was. Rejects when it cannot. */
  attend(models: readonly IppUsbNeeds[]): Promise<boolean>
}

const restartBySystemd = async (): Promise<void> => {
  const order = ['--no-ask-password', 'restart', 'ipp-usb.service']
  await promisify(execFile)('systemctl', order, { timeout: 30_000 })
}

/** ipp-usb names a device by both its strings, or by the second where that begins with the first. */
const sectionsOf = ({ manufacturer, product }: PluggedDevice): string[] =>
  // A device writes its own strings: what would be more than a name is left out.
  [product, `${manufacturer} ${product}`].filter((name) =>
    /^[A-Za-z0-9][A-Za-z0-9 ._+()/-]{2,120}$/.test(name),
  )

const settingsOf = ({ maxInterfaces, initReset }: IppUsbNeeds): string[] => [
  ...(maxInterfaces === undefined ? [] : [`usb-max-interfaces = ${maxInterfaces}`]),
  ...(initReset === undefined ? [] : [`init-reset = ${initReset}`]),
]

/** Care for the ipp-usb of this machine. */
export const createIppUsb = ({
  quirksFile,
  restart = restartBySystemd,
  usbFolder = '/sys/bus/usb/devices',
}: IppUsbOptions): IppUsb => {
  /** By USB id, as it was when ipp-usb last found it. */
  const found = new Map<string, string>()

  /** Whether ipp-usb has to read its settings again; those of a device that was unplugged do no harm. */
  const write = async (text: string): Promise<boolean> => {
    const before = await readFile(quirksFile, 'utf8').catch(() => '')
    if (text === '' || text === before) return false
    await mkdir(dirname(quirksFile), { recursive: true })
    await writeFile(`${quirksFile}.new`, text, { mode: 0o644 })
    await rename(`${quirksFile}.new`, quirksFile)
    return true
  }

  return {
    async attend(models) {
      let replugged = false
      const lines: string[] = []
      for (const device of await readPlugged(usbFolder)) {
        const needs = models.find(({ usb }) => usb.includes(device.id))
        if (!needs) continue
        const before = found.get(device.id)
        replugged ||= needs.restartAfterReplug && before !== undefined && before !== device.number
        found.set(device.id, device.number)
        const settings = settingsOf(needs)
        if (settings.length > 0) {
          for (const name of sectionsOf(device)) lines.push(`[${name}]`, ...settings, '')
        }
      }
      const changed = await write(lines.join('\n'))
      if (replugged || changed) await restart()
      return replugged || changed
    },
  }
}
