import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from '../../../fleet/api/schemas.ts'
import { readConfig } from '../../../fleet/config.ts'
import { createFleet } from '../../../fleet/fleet.ts'
import { createApi } from '../../../fleet/web/api.ts'
import { isFinal } from '../../../protocol/messages.ts'
import { prepareTerminal } from '../../../simulator/joining.ts'
import { type LiveEvent, openEvents } from '../../../simulator/live-events.ts'
import { startTerminal } from '../../../simulator/terminal.ts'
import { allThere } from '../../../simulator/village-run.ts'
import { villages } from '../../../simulator/villages.ts'
import { silent } from '../fleet.ts'
import { startMfpStation, startSaneStation } from './stations.ts'

/** What happened to one command, from its first word to its last. */
export interface Followed {
  readonly command: Command
  readonly events: readonly LiveEvent[]
}

/**
 * A fleet in this process and two terminals with their agents in processes of their own: the first with SANE's test
 * backend, the second with the virtual MFP, each with an `ippeveprinter`.
 */
export const openVillage = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-village-'))
  const settings = { AVYL_DATA_DIR: join(folder, 'fleet'), AVYL_HTTP_PORT: '0', AVYL_MQTT_PORT: '0' }
  const fleet = createFleet(readConfig(settings), silent)
  await fleet.start()
  const headers = { authorization: `Bearer ${await fleet.createToken('test', 'admin')}` }
  const api = createApi({ url: fleet.url, headers })
  const places = villages(2)
  const open = await Promise.all(
    places.map(async (village, index) => {
      const place = { id: village.id, folder: join(folder, village.id), printer: { documentWaitMs: 1000 } }
      const station = await (index === 0 ? startSaneStation(place) : startMfpStation(place))
      const terminal = await startTerminal({
        ...{ village, folder: place.folder, devices: station },
        fleet: { host: '127.0.0.1', port: fleet.mqttPort },
        identity: await prepareTerminal({ fleet, api }, village, place.folder),
        settings: { link: { backoffBaseMs: 20, backoffCapMs: 300 }, logLevel: 'warn' },
      })
      return { station, terminal, ...place }
    }),
  )
  const [sane, mfp] = open
  if (!sane || !mfp) throw new Error('Two villages were asked for')
  await allThere(
    api,
    places.map(({ id }) => id),
  )

  /** Calls `see` for each event of a command until its end, or until `see` says that it is enough. */
  const watch = async (id: string, see: (event: LiveEvent) => unknown): Promise<void> => {
    for await (const event of await openEvents(api, `/commands/${id}/events`)) {
      if (see(event) === true) return
    }
  }
  return {
    api,
    fleet,
    sane,
    mfp,
    watch,
    /** Asks for a command; resolves to its id. */
    ask: async (terminal: string, name: string, input: object): Promise<string> =>
      (await api.start(terminal, { name, input })).id,
    /** Follows a command to its end. */
    async end(id: string): Promise<Followed> {
      const events: LiveEvent[] = []
      await watch(id, (event) => void events.push(event))
      const command = await api.command(id)
      if (!isFinal(command.state)) throw new Error(`The events of ${id} ended before it did`)
      return { command, events }
    },
    /** The bytes of an artefact. */
    bytes: async (artefact: string): Promise<Buffer> =>
      Buffer.from(await (await api.send('GET', `/artefacts/${artefact}`)).arrayBuffer()),
    async close(): Promise<void> {
      await Promise.all(open.map(({ terminal }) => terminal.stop()))
      await fleet.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
export type OpenVillage = Awaited<ReturnType<typeof openVillage>>
