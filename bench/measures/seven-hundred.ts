import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'
import { pino } from 'pino'
import { createFleet } from '../../fleet/fleet.ts'
import { type Api, createApi } from '../../fleet/web/api.ts'
import { configurationApi } from '../../fleet/web/configuration-api.ts'
import { fleetLaunch } from '../../provisioning/launch.ts'
import { freePort } from '../../simulator/free-port.ts'
import { allThere } from '../../simulator/village-run.ts'
import { processCost } from '../process-cost.ts'
import { type Figures, figure } from '../results.ts'
import type { SimulationOrder } from '../simulated-fleet.ts'

const count = 700
const settleMs = 10_000
/** Between two reports of vitals, and how long they are told. */
const reportSeconds = 30
const toldMs = 100_000

interface Prepared {
  readonly api: Api
  readonly start: () => Promise<ChildProcess>
  readonly order: SimulationOrder
}

/** Makes a fleet's data folder with `count` terminals and their certificates, and what starts its program. */
const prepare = async (folder: string, program: string): Promise<Prepared> => {
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
    const id = `terminal-${number}`
    const place = join(folder, id)
    await fleet.registerTerminal(id, `Авыл ${number}`)
    const { key, certificate, ca } = await fleet.issueTerminal(id)
    await mkdir(place)
    await writeFile(join(place, 'key.pem'), key)
    await writeFile(join(place, 'certificate.pem'), certificate)
    await writeFile(join(place, 'ca.pem'), ca)
    terminals.push({ id, folder: place })
  }
  const token = await fleet.createToken('bench', 'operator')
  await fleet.stop()
  const api = createApi({
    url: `http://127.0.0.1:${httpPort}`,
    headers: { authorization: `Bearer ${token}` },
  })
  const env = {
    ...process.env,
    ...fleetLaunch.environment,
    AVYL_HTTP_PORT: String(httpPort),
    AVYL_MQTT_PORT: String(mqttPort),
    AVYL_DATA_DIR: dataFolder,
  }
  const start = async () => {
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
  }
  return { api, start, order: { port: mqttPort, terminals } }
}

const end = async (child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> => {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}

/** The bundled fleet with 700 simulated terminals: its memory, and how soon all are back after its restart. */
export const sevenHundred = async (program: string): Promise<Figures> => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-bench-'))
  let fleet: ChildProcess | undefined
  let simulation: ChildProcess | undefined
  try {
    const { api, start, order } = await prepare(folder, program)
    const ids = order.terminals.map(({ id }) => id)
    fleet = await start()
    await configurationApi(api).writeLayer(
      { scope: 'fleet', name: 'all' },
      { content: { uplink: { telemetrySeconds: reportSeconds } }, version: 0 },
    )
    simulation = fork(new URL('../simulated-fleet.ts', import.meta.url))
    simulation.send(order)
    await once(simulation, 'message')
    await allThere(api, ids)
    await pass(settleMs)
    const { rssMb } = processCost(fleet.pid ?? 0)
    await end(fleet, 'SIGKILL')
    const begun = performance.now()
    fleet = await start()
    const open = processCost(fleet.pid ?? 0)
    await allThere(api, ids)
    const seconds = (performance.now() - begun) / 1000
    const again = processCost(fleet.pid ?? 0)
    await pass(toldMs)
    const telling = processCost(fleet.pid ?? 0)
    return {
      'fleet.700.rss_mb': figure(
        Math.max(rssMb, again.rssMb),
        'MB',
        `VmRSS of the bundled fleet with ${count} terminals over mutual TLS, before and after its restart; target 250`,
      ),
      'fleet.700.vitals_rss_mb': figure(
        telling.rssMb,
        'MB',
        `the same while all tell their vitals each ${reportSeconds} s, ${toldMs / 1000} s after they are back; target 300`,
      ),
      'fleet.700.vitals_cpu_share': figure(
        ((telling.cpuSeconds - again.cpuSeconds) * 1000) / toldMs,
        'share of a core',
        'processor time of the fleet in this time',
      ),
      'fleet.700.reconnect_cpu_ms': figure(
        ((again.cpuSeconds - open.cpuSeconds) * 1000) / count,
        'ms',
        "processor time of the fleet for each terminal, from the open door until all are there: handshake, CONNECT, presence, profile, configuration; target 2 for the broker's part",
      ),
      'fleet.700.reconnect_s': figure(
        seconds,
        's',
        `from the fleet's new start until all ${count} are there, terminals on the same 2 cores; target 60`,
      ),
    }
  } finally {
    await end(simulation, 'SIGKILL')
    await end(fleet, 'SIGTERM')
    await rm(folder, { recursive: true, force: true })
  }
}
