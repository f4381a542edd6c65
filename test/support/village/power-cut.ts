import { join } from 'node:path'
import { readConfig } from '../../../fleet/config.ts'
import { createFleet } from '../../../fleet/fleet.ts'
import type { Credentials } from '../../../fleet/identity/authority.ts'
import { type Api, createApi } from '../../../fleet/web/api.ts'
import type { ReceivedJob } from '../../../simulator/received-job.ts'
import { type SimulatedTerminal, startTerminal } from '../../../simulator/terminal.ts'
import { type Village, villages } from '../../../simulator/villages.ts'
import { silent } from '../fleet.ts'
import { pdfOf } from '../plain-pdf.ts'
import { FleetProcess } from './fleet-process.ts'
import { type Kills, pullAll } from './kills.ts'
import { type Fate, startLoad } from './load.ts'
import { bundlePrograms } from './programs.ts'
import { quietPort } from './quiet-port.ts'
import { type Station, startMfpStation, startSaneStation } from './stations.ts'
import { createWitness, insistOn, type Witness } from './witness.ts'

/** How often which plug is pulled. */
export interface PowerCutPlan {
  readonly seed: number
  readonly terminals: number
  readonly agentKills: number
  readonly fleetKills: number
  /** A folder of its own. */
  readonly folder: string
}

/** What there is to judge when everything has come to its end. */
export interface PowerCuts {
  readonly fates: readonly Fate[]
  /** Every job that reached a printer, of all terminals. */
  readonly jobs: readonly ReceivedJob[]
  readonly witness: Witness
  readonly api: Api
  /** What the fleet complained of while it ran. */
  readonly complaints: readonly string[]
  readonly kills: Kills
  stop(): Promise<void>
}

/** A small glass, since a copier takes all of it at 300 dpi. */
const glass = { width: 36, height: 30 }

/** Makes the fleet's data folder: its terminals, a token for the test and a document to print. */
const found = async (dataFolder: string, places: readonly Village[]) => {
  const settings = readConfig({ AVYL_DATA_DIR: dataFolder, AVYL_HTTP_PORT: '0', AVYL_MQTT_PORT: '0' })
  const fleet = createFleet(settings, silent)
  await fleet.start()
  const token = await fleet.createToken('test', 'admin')
  const credentials = new Map<string, Credentials>()
  for (const { id, name } of places) {
    await fleet.registerTerminal(id, name)
    credentials.set(id, await fleet.issueTerminal(id))
  }
  const headers = { authorization: `Bearer ${token}` }
  const document = await createApi({ url: fleet.url, headers }).upload(
    Buffer.from(await pdfOf(1)),
    'application/pdf',
  )
  await fleet.stop()
  return { headers, credentials, document: document.id }
}

/** Runs the load until every plug was pulled as often as planned and every command came to its end. */
export const pullPlugs = async (plan: PowerCutPlan): Promise<PowerCuts> => {
  const places = villages(plan.terminals)
  const dataFolder = join(plan.folder, 'fleet')
  const [programs, { headers, credentials, document }] = await Promise.all([
    bundlePrograms(join(plan.folder, 'programs')),
    found(dataFolder, places),
  ])
  const complaints: string[] = []
  const fleet = new FleetProcess({
    entry: programs.fleet,
    dataFolder,
    httpPort: await quietPort(),
    mqttPort: await quietPort(),
    complaint: (line) => complaints.push(line),
  })
  fleet.start()
  const jobs: ReceivedJob[] = []
  const stations: Station[] = []
  const terminals: SimulatedTerminal[] = []
  const api = createApi({ url: fleet.url, headers })
  const up = () => fleet.up()
  const insist = insistOn(up)
  const witness = createWitness(api, up)
  const stop = async (): Promise<void> => {
    await Promise.all(terminals.map((terminal) => terminal.stop()))
    await witness.stop()
    await fleet.stop()
  }
  const settle = async (village: Village, index: number): Promise<void> => {
    const folder = join(plan.folder, village.id)
    const printer = { onJob: (job: ReceivedJob) => void jobs.push(job), documentWaitMs: 1000 }
    const place = { id: village.id, folder, printer: { ...printer, behaviour: { sideMs: 300 } } }
    const station = index % 3 === 2 ? await startMfpStation(place) : await startSaneStation(place, glass)
    stations[index] = station
    terminals[index] = await startTerminal({
      village,
      folder,
      fleet: { host: '127.0.0.1', port: fleet.mqttPort },
      identity: credentials.get(village.id) as Credentials,
      devices: station,
      settings: {
        link: { backoffBaseMs: 20, backoffCapMs: 300 },
        logLevel: 'warn',
      },
      process: { entry: programs.agent, environment: { NODE_V8_COVERAGE: '' } },
    })
  }

  try {
    await Promise.all(places.map(settle))
    const load = startLoad({ ...{ seed: plan.seed, api, insist, witness, document }, places, stations })
    const kills = await Promise.race([pullAll({ ...plan, fleet, terminals, witness }), load.broke])
    return { fates: await load.finish(), jobs, witness, api, complaints, kills, stop }
  } catch (thrown) {
    await stop()
    throw thrown
  }
}
