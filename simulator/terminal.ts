import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AgentConfigInput } from '../agent/config.ts'
import type { Credentials } from '../fleet/identity/authority.ts'
import { AgentProcess, type AgentProcessOptions } from './agent-process.ts'
import type { SimulatedDevices } from './devices.ts'
import type { DepotBundle } from './joining.ts'
import type { Village } from './villages.ts'

/** What a terminal is set up with. */
export interface TerminalSetUp {
  readonly village: Village
  readonly folder: string
  readonly fleet: { readonly host: string; readonly port: number }
  /** What it joins its fleet with, or an identity that was issued elsewhere. */
  readonly identity: DepotBundle | Credentials
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

const configOf = (
  identity: DepotBundle | Credentials,
  { id, name }: Village,
): Pick<AgentConfigInput, 'deviceId' | 'village' | 'key' | 'certificate' | 'ca' | 'serial' | 'claim'> => {
  if ('key' in identity) {
    return { deviceId: id, village: name, key: 'key.pem', certificate: 'certificate.pem', ca: 'ca.pem' }
  }
  const { serial, code } = identity
  return { ca: 'ca.pem', serial, ...(code === undefined ? {} : { claim: { code } }) }
}

/** Writes what the terminal is given into its folder and starts its agent. */
export const startTerminal = async (setUp: TerminalSetUp): Promise<SimulatedTerminal> => {
  const { village, folder, devices, identity } = setUp
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const write = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 })
  if ('key' in identity) {
    await write('key.pem', identity.key)
    await write('certificate.pem', identity.certificate)
  }
  await write('ca.pem', identity.ca)
  const config: AgentConfigInput = {
    ...configOf(identity, village),
    fleet: setUp.fleet,
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
