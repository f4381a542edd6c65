import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AgentConfigInput } from '../agent/config.ts'
import type { Credentials } from '../fleet/identity/authority.ts'
import { AgentProcess, type AgentProcessOptions } from './agent-process.ts'
import type { SimulatedDevices } from './devices.ts'
import type { Village } from './villages.ts'

/** What a terminal is set up with. */
export interface TerminalSetUp {
  readonly village: Village
  readonly folder: string
  readonly fleet: { readonly host: string; readonly port: number }
  readonly credentials: Credentials
  readonly devices: SimulatedDevices
  /** Settings of the agent beside those. */
  readonly settings?: Partial<AgentConfigInput>
  readonly process?: Pick<AgentProcessOptions, 'entry' | 'environment'>
}

/** One simulated terminal: its devices, and its agent in a process of its own. */
export interface SimulatedTerminal {
  readonly id: string
  readonly village: string
  readonly devices: SimulatedDevices
  readonly agent: AgentProcess
  stop(): Promise<void>
}

/** Writes the terminal's identity and configuration into its folder and starts its agent. */
export const startTerminal = async (setUp: TerminalSetUp): Promise<SimulatedTerminal> => {
  const { village, folder, devices, credentials } = setUp
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const write = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 })
  await write('key.pem', credentials.key)
  await write('certificate.pem', credentials.certificate)
  await write('ca.pem', credentials.ca)
  const config: AgentConfigInput = {
    deviceId: village.id,
    village: village.name,
    fleet: setUp.fleet,
    key: 'key.pem',
    certificate: 'certificate.pem',
    ca: 'ca.pem',
    dataFolder: 'data',
    profiles: { terminal: 'simulated', mfp: 'simulated' },
    scanner: devices.scanner,
    printer: devices.printer,
    ...setUp.settings,
  }
  const configFile = join(folder, 'agent.json')
  await write('agent.json', JSON.stringify(config, null, 2))
  const agent = new AgentProcess({ configFile, logFile: join(folder, 'agent.log'), ...setUp.process })
  agent.start()
  return {
    id: village.id,
    village: village.name,
    devices,
    agent,
    async stop() {
      await agent.stop()
      await devices.stop()
    },
  }
}
