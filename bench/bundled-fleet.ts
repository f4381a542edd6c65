import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { createFleet } from '../fleet/fleet.ts'
import { type Api, createApi } from '../fleet/web/api.ts'
import { configurationApi } from '../fleet/web/configuration-api.ts'
import { fleetLaunch } from '../provisioning/launch.ts'
import { freePort } from '../simulator/free-port.ts'
import { allThere } from '../simulator/village-run.ts'
import type { SimulationOrder } from './simulated-fleet.ts'

/** Where a measurement keeps its bundled fleet, and how large that is. */
export interface BundledFleetSetUp {
  readonly folder: string
  /** The program, as `bundleFleet` gives it. */
  readonly program: string
  readonly terminals: number
  /** Between two reports of vitals of a terminal. */
  readonly reportSeconds: number
}

/** The program that runs in the city, with as many simulated terminals as wanted. */
export interface BundledFleet {
  readonly url: string
  readonly api: Api
  readonly terminals: readonly string[]
  readonly dataFolder: string
  /** Starts the program; resolves when it is ready. */
  start(): Promise<ChildProcess>
  /** Starts the terminals against the started program; resolves when all are there. */
  join(): Promise<ChildProcess>
}

const terminalName = (number: number): string => `terminal-${number}`

/** Makes the data folder of a fleet with its terminals and their certificates, and what starts its program. */
export const prepareFleet = async (setUp: BundledFleetSetUp): Promise<BundledFleet> => {
  const { folder, program, terminals: count, reportSeconds } = setUp
  const dataFolder = join(folder, 'fleet')
  const [httpPort, mqttPort] = [await freePort(), await freePort()]
  const settings = { host: '127.0.0.1', httpPort, mqttPort, dataFolder } as const
  const fleet = createFleet(
    { ...settings, synchronous: 'normal', behindProxy: false, logLevel: 'silent' },
    pino({ level: 'silent' }),
  )
  await fleet.start()
  const terminals: { id: string; folder: string }[] = []
  for (let number = 1; number <= count; number += 1) {
    const id = terminalName(number)
    const place = join(folder, id)
    await fleet.registerTerminal(id, `Авыл ${number}`)
    const { key, certificate, ca } = await fleet.issueTerminal(id)
    await mkdir(place)
    await writeFile(join(place, 'key.pem'), key)
    await writeFile(join(place, 'certificate.pem'), certificate)
    await writeFile(join(place, 'ca.pem'), ca)
    terminals.push({ id, folder: place })
  }
  const token = await fleet.createToken('bench', 'admin')
  const url = `http://127.0.0.1:${httpPort}`
  const api = createApi({ url, headers: { authorization: `Bearer ${token}` } })
  await configurationApi(api).writeLayer(
    { scope: 'fleet', name: 'all' },
    { content: { uplink: { telemetrySeconds: reportSeconds } }, version: 0 },
  )
  await fleet.stop()
  const env = {
    ...process.env,
    ...fleetLaunch.environment,
    AVYL_HTTP_PORT: String(httpPort),
    AVYL_MQTT_PORT: String(mqttPort),
    AVYL_DATA_DIR: dataFolder,
  }
  const ids = terminals.map(({ id }) => id)
  return {
    url,
    api,
    terminals: ids,
    dataFolder,
    async start() {
      const child = spawn(process.execPath, [...fleetLaunch.nodeArguments, program], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let said = ''
      for await (const piece of child.stdout) {
        said += piece
        if (said.includes('the fleet is ready')) break
      }
      return child
    },
    async join() {
      const simulation = fork(new URL('./simulated-fleet.ts', import.meta.url))
      const order: SimulationOrder = { port: mqttPort, terminals }
      simulation.send(order)
      await once(simulation, 'message')
      await allThere(api, ids)
      return simulation
    },
  }
}
