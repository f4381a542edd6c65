import type { PrinterDescription } from '../../../protocol/capabilities/printer.ts'
import type { PrinterMib, PrinterMibReader } from '../../devices/snmp/snmp.ts'
import type { DeviceProfile } from '../device-profile.ts'
import type { PrintDriver } from './driver.ts'

/** SNMP as the terminal's own configuration has it; the community opens the printer and stands in no log. */
export interface SnmpSettings {
  readonly community?: string
  readonly port?: number
}

/** No oftener than the printer's reports, and seldom one that had no answer: each of its silences costs two seconds. */
const freshMs = 60_000
/** So long what was told last holds while datagrams are lost. */
const silentMs = 600_000

/**
 * Where the printer of `uri` answers SNMP. On this machine itself there is a queue or ipp-usb, and USB carries no SNMP:
 * only a model whose supplies SNMP tells is asked then, at the place that the configuration names.
 */
export const snmpHostOf = (
  uri: string,
  supplies: DeviceProfile['supplies'],
  mfpHost?: string,
): string | undefined => {
  if (supplies === 'none') return undefined
  const host = new URL(uri).hostname.replace(/^\[|\]$/g, '')
  if (!/^(localhost|127\.[0-9.]+|::1)$/.test(host)) return host
  return supplies === 'snmp' ? mfpHost : undefined
}

/** Reads the printer's MIB; nothing of SNMP is loaded before it is asked for the first time. */
export const snmpReader = (host: string, { community = 'public', port }: SnmpSettings): PrinterMibReader => {
  const peer = { host, community, ...(port === undefined ? {} : { port }) }
  let loading: Promise<PrinterMibReader> | undefined
  return {
    async read(signal) {
      loading ??= import('../../devices/snmp/snmp.ts').then(({ createPrinterMibReader }) =>
        createPrinterMibReader(peer),
      )
      return (await loading).read(signal)
    },
  }
}

const lacksSomething = ({ supplies, impressions }: PrinterDescription): boolean =>
  impressions === undefined || supplies.every(({ level }) => level === null)

/**
 * What the printer left out, from its MIB: the count of its life, supplies and trays without a level. Of a model whose
 * supplies SNMP tells, those of the MIB go before its own.
 */
const completeBy = (
  printer: PrinterDescription,
  mib: PrinterMib,
  supplies: DeviceProfile['supplies'],
): PrinterDescription => {
  const better = <T extends { readonly level: number | null }>(
    own: readonly T[],
    told: readonly T[],
  ): T[] => {
    const ownKnown = own.some(({ level }) => level !== null)
    const useful = told.some(({ level }) => level !== null) || own.length === 0
    return [...(useful && (supplies === 'snmp' || !ownKnown) ? told : own)]
  }
  const impressions = printer.impressions ?? mib.impressions
  return {
    ...printer,
    ...(impressions === undefined ? {} : { impressions }),
    supplies: better(printer.supplies, mib.supplies).slice(0, 50),
    trays: better(printer.trays, mib.trays).slice(0, 20),
  }
}

/**
 * A printer whose description SNMP completes where IPP leaves something out. Silence of SNMP changes nothing; `now` is a
 * monotonic clock in milliseconds.
 */
export const toldBySnmp = (
  driver: PrintDriver,
  reader: PrinterMibReader,
  supplies: DeviceProfile['supplies'],
  now: () => number = () => performance.now(),
): PrintDriver => {
  let last: PrinterMib | undefined
  let lastAt = Number.NEGATIVE_INFINITY
  let nextAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  const readNow = async (): Promise<void> => {
    try {
      last = await reader.read(new AbortController().signal)
      lastAt = now()
    } catch {
      if (now() - lastAt >= silentMs) last = undefined
    } finally {
      nextAt = now() + (last ? freshMs : silentMs)
      reading = undefined
    }
  }
  return {
    async describe(signal) {
      const printer = await driver.describe(signal)
      if (supplies !== 'snmp' && !lacksSomething(printer)) return printer
      // One question serves all who wait for it: it is short, and none of them alone may end it.
      if (now() >= nextAt) reading ??= readNow()
      await reading
      signal.throwIfAborted()
      return last ? completeBy(printer, last, supplies) : printer
    },
    print: (job, signal, watch, accepted) => driver.print(job, signal, watch, accepted),
  }
}
