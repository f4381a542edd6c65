import { join } from 'node:path'
import type { Logger } from 'pino'
import { CommandError } from '../../protocol/errors.ts'
import type { AgentConfig } from '../config.ts'
import { type DeviceProfile, unknownModel } from './device-profile.ts'
import type { PrintDriver } from './printer/driver.ts'
import type { ScanDriver } from './scanner/driver.ts'

/** The devices of a terminal, each behind its driver; what is not there has a driver that says so. */
export interface Devices {
  readonly scanner: ScanDriver
  readonly printer: PrintDriver
}

/** Where the children of the agent keep their compiled code. */
export const compileCacheOf = ({ dataFolder }: Pick<AgentConfig, 'dataFolder'>): string =>
  join(dataFolder, 'compile-cache')

/** What a device is reached by: the parts of a configuration that its drivers need. */
export type DeviceSetUp = Pick<
  AgentConfig,
  'scanner' | 'printer' | 'mfpHost' | 'snmp' | 'childPaths' | 'dataFolder'
>

/** As long as people need to look at a page and to lay the next one on the glass. */
const aheadMs = 120_000

const scannerOf = async (
  config: DeviceSetUp,
  logger: Logger,
  profile: DeviceProfile,
): Promise<ScanDriver> => {
  const { scanner, childPaths } = config
  const { driver, device, url, configDir, options, maxArea } = scanner
  const { unfitFor, unfitScanner, withinLimits } = await import('./scanner/model-limits.ts')
  const unfit = driver === 'auto' ? unfitFor(profile) : undefined
  if (unfit !== undefined) return unfitScanner(unfit)
  if (driver === 'sane') {
    const [{ SaneDriver }, { saneOptionsOf }] = await Promise.all([
      import('./scanner/sane.ts'),
      import('./scanner/sane-profile.ts'),
    ])
    const sane = new SaneDriver({
      logger,
      aheadMs,
      ...saneOptionsOf(profile),
      compileCacheDir: compileCacheOf(config),
      ...(device === undefined ? {} : { device }),
      ...(configDir === undefined ? {} : { configDir }),
      ...(options === undefined ? {} : { options }),
      ...(maxArea === undefined ? {} : { maxArea }),
      ...(childPaths.sane === undefined ? {} : { child: childPaths.sane }),
    })
    return withinLimits(sane, profile, 'sane')
  }
  if (driver === 'escl' && url !== undefined) {
    const [{ EsclDriver }, { esclOptionsOf }] = await Promise.all([
      import('./scanner/escl.ts'),
      import('./scanner/escl-profile.ts'),
    ])
    return withinLimits(new EsclDriver({ url, logger, ...esclOptionsOf(profile) }), profile, 'escl')
  }
  if (driver === 'fake') return new (await import('./scanner/fake.ts')).FakeScanDriver()
  return (await import('./scanner/absent.ts')).absentScanner
}

const printerOf = async (
  { printer, mfpHost, snmp, dataFolder }: DeviceSetUp,
  profile: DeviceProfile,
): Promise<PrintDriver> => {
  const { driver, uri } = printer
  if (driver === 'ipp' && uri !== undefined) {
    const [ipp, { ippOptionsOf }, { trustOnFirstUse }, { withinPrintLimits }, bySnmp] = await Promise.all([
      import('./printer/ipp.ts'),
      import('./printer/ipp-profile.ts'),
      import('./printer/known-keys.ts'),
      import('./printer/model-limits.ts'),
      import('./printer/told-by-snmp.ts'),
    ])
    const trusts = trustOnFirstUse(join(dataFolder, 'printer-keys.json'), uri)
    const made = withinPrintLimits(ipp.createIppDriver({ uri, trusts, ...ippOptionsOf(profile) }), profile)
    const host = bySnmp.snmpHostOf(uri, profile.supplies, mfpHost)
    return host === undefined
      ? made
      : bySnmp.toldBySnmp(made, bySnmp.snmpReader(host, snmp ?? {}), profile.supplies)
  }
  if (driver === 'fake') return (await import('./printer/fake.ts')).createFakePrinter()
  return (await import('./printer/absent.ts')).absentPrinter
}

const faulty = (what: string) => () => {
  throw new CommandError('device-fault', `The ${what}'s driver could not be loaded`)
}

/**
 * The drivers that the configuration names, and no other's code, each within the limits of its model and told of its
 * quirks. One that cannot be loaded leaves the rest alone.
 */
export const openDevices = async (
  config: DeviceSetUp,
  logger: Logger,
  profile: DeviceProfile = unknownModel,
): Promise<Devices> => {
  const orFaulty = async <T>(what: string, opening: Promise<T>, instead: T): Promise<T> => {
    try {
      return await opening
    } catch (error) {
      logger.error({ error }, `the ${what}'s driver could not be loaded`)
      return instead
    }
  }
  const noScanner: ScanDriver = { describe: async () => faulty('scanner')(), scan: faulty('scanner') }
  const noPrinter: PrintDriver = {
    describe: async () => faulty('printer')(),
    print: async () => faulty('printer')(),
  }
  const [scanner, printer] = await Promise.all([
    orFaulty('scanner', scannerOf(config, logger, profile), noScanner),
    orFaulty('printer', printerOf(config, profile), noPrinter),
  ])
  return { scanner, printer }
}
