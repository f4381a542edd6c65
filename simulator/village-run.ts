import { randomBytes } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Terminal } from '../fleet/api/schemas.ts'
import type { FleetConfig } from '../fleet/config.ts'
import { createFleet, type Fleet } from '../fleet/fleet.ts'
import { type Api, createApi } from '../fleet/web/api.ts'
import { startMfpDevices, startTestDevices } from './devices.ts'
import { prepareTerminal } from './joining.ts'
import { openEvents } from './live-events.ts'
import { type SimulatedTerminal, startTerminal } from './terminal.ts'
import { villages } from './villages.ts'

const roles = ['expert', 'operator', 'technician', 'admin', 'auditor'] as const

/** What programs need to know of a run; written to `run.json` in the data folder. */
export interface RunFile {
  readonly url: string
  /** `mqtts://host:port` of the terminals' door. */
  readonly mqtt: string
  /** Bearer token of the API. */
  readonly token: string
  readonly terminals: readonly { readonly id: string; readonly village: string }[]
  readonly logins: Readonly<
    Record<(typeof roles)[number], { readonly user: string; readonly password: string }>
  >
}

/** A fleet manager and its simulated terminals on this machine. */
export interface VillageRun {
  readonly fleet: Fleet
  readonly terminals: readonly SimulatedTerminal[]
  readonly file: RunFile
  /** The API with the token of `run.json`. */
  readonly api: Api
  stop(): Promise<void>
}

/** Resolves when the fleet says of each of these terminals that it is there. */
export const allThere = async (api: Api, ids: readonly string[]): Promise<void> => {
  const missing = new Set(ids)
  if (missing.size === 0) return
  const see = ({ id, state }: Terminal) => {
    if (state === 'online' || state === 'reduced') missing.delete(id)
    return missing.size === 0
  }
  const events = await openEvents(api, '/events')
  for (const terminal of await api.terminals()) if (see(terminal)) return
  for await (const { event, data } of events) if (event === 'terminal' && see(data as Terminal)) return
  throw new Error(`The events of the fleet ended before these had come: ${[...missing].join(', ')}`)
}

/**
 * Starts a fleet and `count` terminals and writes `run.json`, which goes when they stop. Terminals with SANE's test backend and with a virtual
 * MFP take turns. Resolves when all of them are there; when the signal is aborted before, everything ends again.
 */
export const startVillageRun = async (
  config: FleetConfig,
  count: number,
  log: Logger,
  signal: AbortSignal = new AbortController().signal,
): Promise<VillageRun> => {
  const broken = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  broken.catch(() => {})
  const path = join(config.dataFolder, 'run.json')
  const fleet = createFleet(config, log)
  const terminals: SimulatedTerminal[] = []
  const stop = async () => {
    await Promise.all(terminals.map((terminal) => terminal.stop()))
    await rm(path, { force: true })
    await fleet.stop()
  }
  await fleet.start()
  try {
    // Of a run that was killed; a run that goes on holds the folder, and this one has not come here.
    await rm(path, { force: true })
    const token = await fleet.createToken('run', 'admin')
    const api = createApi({ url: fleet.url, headers: { authorization: `Bearer ${token}` } })
    const logins = {} as Record<(typeof roles)[number], { user: string; password: string }>
    for (const role of roles) {
      const password = randomBytes(9).toString('base64url')
      await fleet.createUser(role, password, role)
      logins[role] = { user: role, password }
    }
    const started = await Promise.allSettled(
      villages(count).map(async (village, index) => {
        const folder = join(config.dataFolder, 'terminals', village.id)
        const printed = join(config.dataFolder, 'printer')
        const start = index % 2 === 0 ? startTestDevices : startMfpDevices
        const devices = await start({ id: village.id, folder, printed })
        terminals[index] = await startTerminal({
          village,
          folder,
          fleet: { host: '127.0.0.1', port: fleet.mqttPort },
          identity: await prepareTerminal({ fleet, api }, village, folder),
          devices,
        })
      }),
    )
    for (const one of started) if (one.status === 'rejected') throw one.reason
    signal.throwIfAborted()
    const file: RunFile = {
      url: fleet.url,
      mqtt: `mqtts://127.0.0.1:${fleet.mqttPort}`,
      token,
      terminals: terminals.map(({ id, village }) => ({ id, village })),
      logins,
    }
    const ids = terminals.map(({ id }) => id)
    await Promise.race([allThere(api, ids), broken])
    // Whoever waits for the file finds it whole.
    await writeFile(`${path}.part`, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 })
    await rename(`${path}.part`, path)
    return { fleet, terminals, file, api, stop }
  } catch (thrown) {
    await stop()
    throw thrown
  }
}
