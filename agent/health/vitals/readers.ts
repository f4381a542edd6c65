import type { CapabilityReport } from '../../../protocol/messages.ts'
import type { AgentConfig } from '../../config.ts'
import { agentReader } from './agent.ts'
import { devicesReader } from './devices.ts'
import { diskReader } from './disk.ts'
import { type LinkParts, linkReader } from './link.ts'
import { machineReader } from './machine.ts'
import { networkReader } from './network.ts'
import { type KernelFolders, type Reader, thisKernel } from './reader.ts'
import { temperatureReader } from './temperature.ts'
import { upsReader } from './ups.ts'

/** What the readers of one terminal look at. */
export interface ReaderParts extends LinkParts {
  readonly config: Pick<AgentConfig, 'dataFolder' | 'ups'>
  readonly reports: () => Readonly<Record<string, CapabilityReport>>
  readonly kernel?: KernelFolders
}

/** Every reader of a terminal: one line for each source. */
export const readersOf = (parts: ReaderParts): Reader[] => {
  const { config, reports, kernel = thisKernel } = parts
  return [
    machineReader(kernel.proc),
    diskReader(config.dataFolder, kernel.sys),
    temperatureReader(kernel.sys),
    networkReader(kernel.proc),
    linkReader(parts),
    agentReader(),
    devicesReader(reports),
    ...(config.ups ? [upsReader(config.ups)] : []),
  ]
}
