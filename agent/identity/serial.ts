import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Check } from 'typebox/value'
import { HardwareSerial } from '../../protocol/enrolment.ts'

/** What makers leave in place of a number (SMBIOS 3.7, 6.3 allows any text). */
const placeholder =
  /^(0+|f+|x+|none|unknown|default string|system serial number|chassis serial number|base board serial number|0?123456789|(to be filled|o\.?e\.?m|not (applicable|specified|available)|n\/a|invalid).*)$/i

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').slice(0, 200).trim()
  } catch {
    // Missing, or for root alone.
    return ''
  }
}

/** A number in the wire's way of writing it; `undefined` when it is none. */
const serialOf = (text: string): string | undefined => {
  if (text === '' || placeholder.test(text.replace(/-/g, ''))) return undefined
  const serial = text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[._-]+/, '')
  return Check(HardwareSerial, serial) ? serial : undefined
}

/**
 * The machine's serial number: what the firmware tells, else one that is derived from the installation, which is
 * as lasting and does not give away `/etc/machine-id` (machine-id(5)). `undefined` when there is neither. `root` is the
 * root of the file system.
 */
export const hardwareSerial = (root = '/'): string | undefined => {
  for (const name of ['product_serial', 'board_serial', 'product_uuid']) {
    const serial = serialOf(read(join(root, 'sys/class/dmi/id', name)))
    if (serial) return serial
  }
  const machine = read(join(root, 'etc/machine-id'))
  if (!/^[0-9a-f]{32}$/.test(machine)) return undefined
  return `machine-${createHmac('sha256', machine).update('avyl terminal').digest('hex').slice(0, 16)}`
}
