import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Logger } from 'pino'
import { type CapabilityName, commandsOf } from '../../protocol/commands.ts'
import type { Configuration } from '../../protocol/configuration.ts'
import { CommandError } from '../../protocol/errors.ts'
import type { Artefacts, LivePreview } from '../artefacts/artefacts.ts'
import type { Capability } from '../capability.ts'
import type { Capabilities } from '../commands/run.ts'
import type { AgentConfig } from '../config.ts'
import { compileCacheOf, type Devices } from './devices.ts'
import { type TerminalParts, terminalCapability } from './terminal/index.ts'

/** What the capabilities are made of. */
export interface CapabilityParts {
  readonly config: AgentConfig
  readonly devices: Devices
  readonly artefacts: Artefacts
  readonly live: LivePreview
  readonly logger: Logger
  readonly terminal: TerminalParts
  /** What the terminal runs by now. */
  readonly configuration: () => Configuration
}

const workerOf = ({ childPaths }: AgentConfig) =>
  childPaths.pages === undefined ? undefined : pathToFileURL(childPaths.pages)

const folderOf = ({ dataFolder }: AgentConfig) => join(dataFolder, 'tmp')

const scannerOf = async ({
  config,
  devices,
  artefacts,
  live,
  logger,
  configuration: wishes,
}: CapabilityParts) => {
  const { scannerCapability } = await import('./scanner/index.ts')
  const entry = workerOf(config)
  const pageWorker = {
    compileCacheDir: compileCacheOf(config),
    ...(entry === undefined ? {} : { entry }),
  }
  return scannerCapability({ driver: devices.scanner, artefacts, live, logger, pageWorker, wishes })
}

const printerOf = async ({ config, devices, artefacts, configuration }: CapabilityParts) => {
  const [{ printerCapability }, { printPreparation }] = await Promise.all([
    import('./printer/index.ts'),
    import('../../documents/preparation.ts'),
  ])
  const worker = workerOf(config)
  const preparation = printPreparation(worker === undefined ? {} : { worker })
  const wishes = () => configuration().print
  return printerCapability({
    driver: devices.printer,
    artefacts,
    preparation,
    folder: folderOf(config),
    wishes,
  })
}

const copierOf = async (
  { config, devices }: CapabilityParts,
  scanning: ReturnType<typeof scannerOf>,
  printing: ReturnType<typeof printerOf>,
) => {
  const [{ copierCapability }, scanner, printer] = await Promise.all([
    import('./copier/index.ts'),
    scanning,
    printing,
  ])
  return copierCapability({
    source: { describe: scanner.describe, scan: scanner.scanning.scan },
    target: { describe: (signal) => devices.printer.describe(signal), print: printer.printing.print },
    folder: join(folderOf(config), 'copies'),
  })
}

/** A capability whose code could not be loaded: it answers that, and leaves the others alone. */
const brokenCapability = <C extends CapabilityName>(name: C): Capability<C> => {
  const refuse = async () => {
    throw new CommandError('device-fault', `The ${name} could not be loaded`)
  }
  const names = Object.keys(commandsOf[name])
  return {
    name,
    handlers: Object.fromEntries(
      names.map((command) => [command, refuse]),
    ) as unknown as Capability<C>['handlers'],
    async start() {},
    async stop() {},
    report: async () => ({ present: true, ok: false, detail: 'could not be loaded' }),
  }
}

/** THE registration: one line for each capability; one that is forgotten does not compile. */
export const createCapabilities = async (parts: CapabilityParts): Promise<Capabilities> => {
  const scanner = scannerOf(parts)
  const printer = printerOf(parts)
  const making: { readonly [C in CapabilityName]: Promise<Capability<C>> } = {
    scanner,
    printer,
    copier: copierOf(parts, scanner, printer),
    terminal: Promise.resolve(terminalCapability(parts.terminal)),
  }
  const orBroken = async <C extends CapabilityName>(name: C, made: Promise<Capability<C>>) => {
    try {
      return await made
    } catch (error) {
      parts.logger.error({ error, capability: name }, 'a capability could not be loaded')
      return brokenCapability(name)
    }
  }
  const [scannerMade, printerMade, copierMade, terminalMade] = await Promise.all([
    orBroken('scanner', making.scanner),
    orBroken('printer', making.printer),
    orBroken('copier', making.copier),
    orBroken('terminal', making.terminal),
  ])
  return { scanner: scannerMade, printer: printerMade, copier: copierMade, terminal: terminalMade }
}
