import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { createFleet, type Fleet } from '../fleet/fleet.ts'
import { type Api, createApi } from '../fleet/web/api.ts'
import type { SimulatedDevices } from '../simulator/devices.ts'
import { type SimulatedTerminal, startTerminal, type TerminalSetUp } from '../simulator/terminal.ts'
import { allThere } from '../simulator/village-run.ts'
import type { AgentBundle } from './bundles.ts'

/** A fleet with one terminal on the agent's bundle, both on this machine. */
export interface FleetUnderTest {
  readonly fleet: Fleet
  readonly api: Api
  readonly token: string
  readonly terminal: SimulatedTerminal
  readonly folder: string
}

/** What differs between two measurements. */
export interface UnderTestOptions {
  readonly bundle: AgentBundle
  devices(folder: string): Promise<SimulatedDevices>
  /** The port by which the terminal reaches the fleet, given the fleet's own. */
  port?(mqttPort: number): Promise<number>
  readonly settings?: TerminalSetUp['settings']
}

/** Drivers that answer at once, so that only our own time is measured. */
export const fakeDevices = async (): Promise<SimulatedDevices> => ({
  scanner: { driver: 'fake' },
  printer: { driver: 'fake' },
  stop: async () => undefined,
})

/** Starts them, lets `measure` use them, and ends them in whatever way it ended. */
export const withFleet = async <T>(
  options: UnderTestOptions,
  measure: (under: FleetUnderTest) => Promise<T>,
): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-bench-'))
  const config = {
    host: '127.0.0.1',
    httpPort: 0,
    mqttPort: 0,
    dataFolder: join(folder, 'fleet'),
    synchronous: 'normal',
    behindProxy: false,
    logLevel: 'error',
  } as const
  const fleet = createFleet(config, pino({ level: 'silent' }))
  let terminal: SimulatedTerminal | undefined
  try {
    await fleet.start()
    const village = { id: 'bench', name: 'Bench' }
    await fleet.registerTerminal(village.id, village.name)
    const token = await fleet.createToken('bench', 'expert')
    const api = createApi({ url: fleet.url, headers: { authorization: `Bearer ${token}` } })
    const port = (await options.port?.(fleet.mqttPort)) ?? fleet.mqttPort
    terminal = await startTerminal({
      village,
      folder: join(folder, 'terminal'),
      fleet: { host: '127.0.0.1', port },
      identity: await fleet.issueTerminal(village.id),
      devices: await options.devices(join(folder, 'terminal')),
      settings: { ...options.settings, childPaths: options.bundle.childPaths },
      process: { entry: options.bundle.entry },
    })
    await allThere(api, [village.id])
    return await measure({ fleet, api, token, terminal, folder })
  } finally {
    await terminal?.stop()
    await fleet.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
