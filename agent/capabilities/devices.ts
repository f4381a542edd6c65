import { join } from 'node:path'
import type { Logger } from 'pino'
import { CommandError } from '../../protocol/errors.ts'
import type { AgentConfig } from '../config.ts'
import type { PrintDriver } from './printer/driver.ts'
import type { ScanDriver } from './scanner/driver.ts'

/** The devices of a terminal, each behind its driver; what is not there has a driver that says so. */
export interface Devices {
  readonly scanner: ScanDriver
  readonly printer: PrintDriver
}

/** Where the children of the agent keep their compiled code. */
export const compileCacheOf = ({ dataFolder }: AgentConfig): string => join(dataFolder, 'compile-cache')

const scannerOf = async (config: AgentConfig, logger: Logger): Promise<ScanDriver> => {
  const { scanner, childPaths } = config
  const { driver, device, url, configDir, options, maxArea } = scanner
  if (driver === 'sane') {
    const { SaneDriver } = await import('./scanner/sane.ts')
    return new SaneDriver({
      logger,
      compileCacheDir: compileCacheOf(config),
      ...(device === undefined ? {} : { device }),
      ...(configDir === undefined ? {} : { configDir }),
      ...(options === undefined ? {} : { options }),
      ...(maxArea === undefined ? {} : { maxArea }),
      ...(childPaths.sane === undefined ? {} : { child: childPaths.sane }),
    })
  }
  if (driver === 'escl' && url !== undefined) {
    const { EsclDriver } = await import('./scanner/escl.ts')
    return new EsclDriver({ url, logger })
  }
  if (driver === 'fake') return new (await import('./scanner/fake.ts')).FakeScanDriver()
  return (await import('./scanner/absent.ts')).absentScanner
}

const printerOf = async ({ printer }: AgentConfig): Promise<PrintDriver> => {
  const { driver, uri } = printer
  if (driver === 'ipp' && uri !== undefined)
    return (await import('./printer/ipp.ts')).createIppDriver({ uri })
  if (driver === 'fake') return (await import('./printer/fake.ts')).createFakePrinter()
  return (await import('./printer/absent.ts')).absentPrinter
}

const faulty = (what: string) => () => {
  throw new CommandError('device-fault', `The ${what}'s driver could not be loaded`)
}

/** The drivers that the configuration names, and no other's code. One that cannot be loaded leaves the rest alone. */
export const openDevices = async (config: AgentConfig, logger: Logger): Promise<Devices> => {
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
    orFaulty('scanner', scannerOf(config, logger), noScanner),
    orFaulty('printer', printerOf(config), noPrinter),
  ])
  return { scanner, printer }
}
