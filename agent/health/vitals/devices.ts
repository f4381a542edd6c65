import type { PrinterDescription } from '../../../protocol/capabilities/printer.ts'
import type { CapabilityReport } from '../../../protocol/messages.ts'
import { numbersOf, type Reader, type Values } from './reader.ts'

/** Whether a device is well; nothing where it is switched off or was never there. */
const stateOf = (report: CapabilityReport | undefined): number | undefined => {
  if (!report || (!report.present && report.ok)) return undefined
  return report.present && report.ok ? 1 : 0
}

/** Supplies that get fuller while they are used up: `type` words of PWG 5100.13 and of CUPS. */
const fills = /waste|receptacle/i

const printerValues = ({ supplies, trays, impressions }: PrinterDescription): Values => {
  const levels = supplies.flatMap(({ type, name, level }) =>
    level === null || fills.test(`${type} ${name}`) ? [] : [level / 100],
  )
  const known = trays.filter(({ level, capacity }) => level !== null && capacity !== null && capacity > 0)
  const sum = (key: 'level' | 'capacity') => known.reduce((total, tray) => total + (tray[key] ?? 0), 0)
  return numbersOf({
    printer_pages: impressions,
    printer_supply: levels.length > 0 ? Math.min(...levels) : undefined,
    printer_paper: known.length > 0 ? Math.min(1, sum('level') / sum('capacity')) : undefined,
  })
}

/** What the devices said of themselves when they were looked at last: they are not asked, and so not woken, again. */
export const devicesReader = (reports: () => Readonly<Record<string, CapabilityReport>>): Reader => ({
  name: 'devices',
  async read() {
    const { camera, screen, scanner, printer } = reports()
    return numbersOf({
      camera: stateOf(camera),
      kiosk: stateOf(screen),
      scanner: stateOf(scanner),
      printer: stateOf(printer),
      ...(printer?.printer ? printerValues(printer.printer) : {}),
    })
  },
})
