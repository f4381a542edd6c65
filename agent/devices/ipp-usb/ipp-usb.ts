import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
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
  /** A regular file of its quirks folder that is ours alone, in a folder that is not; without it no settings are written. */
  readonly quirksFile?: string
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
    if (quirksFile === undefined || text === '') return false
    if (text === (await readFile(quirksFile, 'utf8').catch(() => ''))) return false
    // In place, for only this one file is the agent's to write. Half of it, after a power cut, is another text and so is
    // written again.
    await writeFile(quirksFile, text, { mode: 0o644, flush: true })
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
      let restarts = replugged
      try {
        restarts = (await write(lines.join('\n'))) || replugged
      } finally {
        if (restarts) await restart()
      }
      return restarts
    },
  }
}
