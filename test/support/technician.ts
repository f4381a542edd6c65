import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import type { AgentConfigInput } from '../../agent/config.ts'
import { avylSetup } from '../../agent/setup/shell/avyl-setup.ts'
import { type Field, findField } from '../../agent/setup/shell/field.ts'
import { readConfig } from '../../fleet/config.ts'
import { createFleet } from '../../fleet/fleet.ts'
import { createApi } from '../../fleet/web/api.ts'
import { type ClaimFile, claimFileName } from '../../protocol/claim-file.ts'
import type { SetupState } from '../../protocol/setup.ts'
import { AgentProcess } from '../../simulator/agent-process.ts'
import { silent } from './fleet.ts'
import { startMfpStation } from './village/stations.ts'

const village = { device: 'kitelga', village: 'Кителга' }

/** The serial number of the machine that these tests set up. */
export const serial = 'TEST-0001'

/** What stands between a bare terminal and its fleet. */
interface Way {
  /** Resolves to the port of a line to this port of the fleet; straight to it unless told. */
  readonly line?: (fleetPort: number) => Promise<number>
  /** Whether its configuration says where the fleet is, as that of a packaged terminal does not. */
  readonly isTold?: boolean
}

/** A fleet in this process, and a bare terminal: its devices, and an agent in a process of its own without an identity. */
export const openBareTerminal = async ({ line, isTold = true }: Way = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-technician-'))
  const settings = { AVYL_DATA_DIR: join(folder, 'fleet'), AVYL_HTTP_PORT: '0', AVYL_MQTT_PORT: '0' }
  const fleet = createFleet(readConfig(settings), silent)
  await fleet.start()
  const api = createApi({
    url: fleet.url,
    headers: { authorization: `Bearer ${await fleet.createToken('test', 'admin')}` },
  })
  const { ca } = (await (await api.send('GET', '/door')).json()) as { readonly ca: string }
  const own = join(folder, 'terminal')
  await mkdir(own)
  const station = await startMfpStation({
    id: village.device,
    folder: own,
    printer: { documentWaitMs: 1000 },
  })
  const port = (await line?.(fleet.mqttPort)) ?? fleet.mqttPort
  const config: AgentConfigInput = {
    ...(isTold ? { fleet: { host: '127.0.0.1', port }, ca: 'ca.pem' } : {}),
    serial,
    dataFolder: 'data',
    profiles: { terminal: 'simulated', mfp: 'simulated' },
    scanner: station.scanner,
    printer: station.printer,
    setup: {
      port: 0,
      claimFolders: [join(own, 'stick')],
      page: join(import.meta.dirname, '../../fleet/web/field/dist'),
    },
    link: { backoffBaseMs: 20, backoffCapMs: 300 },
    logLevel: 'info',
  }
  await writeFile(join(own, 'ca.pem'), ca)
  const configFile = join(own, 'agent.json')
  await writeFile(configFile, JSON.stringify(config))
  const agent = new AgentProcess({ configFile, logFile: join(own, 'agent.log') })
  agent.start()
  const data = join(own, 'data')
  const field: Field = findField(data)
  return {
    ...{ fleet, api, station, agent, field, folder: own, data, ca },
    device: village.device,
    /** A claim for this terminal; of the depot unless told, so that it is accepted at once. */
    claim: (depot = true) => fleet.createClaim({ ...village, depot, ...(depot ? { serial } : {}) }),
    /** Runs one line of `avyl-setup`; resolves to its exit code and the state it tells. */
    async setUp(...args: readonly string[]): Promise<{ readonly code: number; readonly state: SetupState }> {
      let text = ''
      const output = new Writable({
        write(piece: Buffer, _, done) {
          text += piece.toString('utf8')
          done()
        },
      })
      // What it tells a person; the runner shows it when the file fails, also when it never ends.
      const errors = new Writable({
        write(piece: Buffer, _, done) {
          process.stdout.write(piece)
          done()
        },
      })
      const input = new PassThrough()
      const around = { environment: { LANG: 'ru_RU.UTF-8' }, input, output, errors }
      const code = await avylSetup(['--json', '--data', data, ...args], around)
      // Without an answer of the agent there is no state to tell.
      if (text === '') throw new Error(`avyl-setup ended with ${code} and told no state`)
      return { code, state: JSON.parse(text) as SetupState }
    },
    /** Puts these villages' claim files on the technician's memory stick, in folders as the depot makes them. */
    async fillStick(...claims: readonly Pick<ClaimFile, 'device' | 'village' | 'code' | 'expiresAt'>[]) {
      for (const claim of claims) {
        const bundle = join(own, 'stick', 'bundles', claim.device)
        await mkdir(bundle, { recursive: true })
        const file: ClaimFile = { version: 1, ...claim, fleet: { host: '127.0.0.1', port }, ca }
        await writeFile(join(bundle, claimFileName), JSON.stringify(file))
      }
    },
    /** Lays what the printer printed last on the glass. */
    async layPrint(): Promise<void> {
      const last = station.paper.jobs.at(-1)
      if (last === undefined) throw new Error('Nothing was printed')
      await station.mfp?.layPrint(last.file)
    },
    /** What the agent logged last, to be told when a test fails. */
    async lastWords(): Promise<string> {
      const log = await readFile(join(own, 'agent.log'), 'utf8').catch(String)
      return log.split('\n').slice(-40).join('\n')
    },
    async close(): Promise<void> {
      await agent.stop()
      await station.stop()
      await fleet.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
export type BareTerminal = Awaited<ReturnType<typeof openBareTerminal>>
