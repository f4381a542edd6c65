import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FleetArtefacts } from '../../fleet/artefacts/artefacts.ts'
import type { Rate } from '../../fleet/broker/rate-limit.ts'
import type { ReceivedBand } from '../../fleet/door/live.ts'
import { doorRoutes } from '../../fleet/door/routes.ts'
import { Uploads } from '../../fleet/door/uploads.ts'
import { DeviceDescriptions } from '../../fleet/profiles/descriptions.ts'
import { Profiles } from '../../fleet/profiles/profiles.ts'
import { openDatabase } from '../../fleet/store/database.ts'
import { sqliteDialect } from '../../fleet/store/sqlite.ts'
import { alpn } from '../../protocol/door.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import { StoppedClock, silent } from './fleet.ts'
import { openRoutesOf } from './joining.ts'
import { openDoor } from './terminals-door.ts'

/** The command of `kazan-7`, and the one of its neighbour `kazan-8`. */
export const command = uuidv7()
export const foreignCommand = uuidv7()

type Headers = Record<string, string | number>

/** The HTTP half of a terminals' door, with real uploads and artefacts, and two terminals that know the way. */
export const openHttpDoor = async (bandRate?: Rate) => {
  const folder = await mkdtemp(join(tmpdir(), 'avyl-http-'))
  const database = await openDatabase(sqliteDialect(':memory:', 'normal'))
  const clock = new StoppedClock(Date.now())
  const key = randomBytes(32)
  const shared = { key, clock, log: silent }
  const artefacts = new FleetArtefacts({ ...shared, folder: join(folder, 'artefacts'), database })
  await artefacts.start()
  const owns = (device: string, id: string) => id === (device === 'kazan-7' ? command : foreignCommand)
  const openUploads = async () => {
    const made = new Uploads({ ...shared, folder: join(folder, 'uploads'), artefacts, owns })
    await made.start()
    return made
  }
  let uploads = await openUploads()
  const profiles = new Profiles({ database, clock })
  await profiles.start()
  const descriptions = new DeviceDescriptions(database, clock)
  const bands: [string, string, ReceivedBand][] = []
  const readable = new Map<string, string>()
  const http = doorRoutes({
    uploads: { handle: (...asked) => uploads.handle(...asked) },
    artefacts,
    mayRead: (device, id) => readable.get(id) === device,
    profiles: { profiles, descriptions },
    onBand: (device, id, band) => owns(device, id) && bands.push([device, id, band]) > 0,
    log: silent,
    ...(bandRate && { bandRate }),
  })
  const opened = await openDoor({
    http,
    open: (authority) => openRoutesOf(authority, database, clock).open,
  })
  const credentials = {
    'kazan-7': await opened.authority.issueTerminal('kazan-7'),
    'kazan-8': await opened.authority.issueTerminal('kazan-8'),
  }
  const agents: Agent[] = []
  const begin = (agent: Agent, method: string, path: string, headers: Headers) =>
    request({ agent, host: '127.0.0.1', port: opened.door.port, method, path, headers })
  const ask = async (
    agent: Agent,
    method: string,
    path: string,
    headers: Headers = {},
    body?: Uint8Array,
  ) => {
    const asked = begin(agent, method, path, headers)
    const answered = once(asked, 'response') as Promise<[IncomingMessage]>
    asked.end(body)
    return (await answered)[0]
  }
  return {
    artefacts,
    profiles,
    descriptions,
    clock,
    bands,
    readable,
    uploadFolder: join(folder, 'uploads'),
    begin,
    ask,
    statusOf: async (...asked: Parameters<typeof ask>) => (await ask(...asked)).resume().statusCode ?? 0,
    /** Connections of a terminal. */
    agentOf: (device: keyof typeof credentials) => {
      const { ca, key, certificate: cert } = credentials[device]
      const agent = new Agent({ ca, key, cert, ALPNProtocols: [alpn.http], keepAlive: true })
      agents.push(agent)
      return agent
    },
    /** Uploads as a new process finds them. */
    restartUploads: async () => {
      await uploads.stop()
      uploads = await openUploads()
    },
    close: async () => {
      for (const agent of agents) agent.destroy()
      await opened.close()
      await uploads.stop()
      await artefacts.stop()
      await database.destroy()
      await rm(folder, { recursive: true })
    },
  }
}
export type HttpDoor = Awaited<ReturnType<typeof openHttpDoor>>
