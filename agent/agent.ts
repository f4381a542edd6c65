import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { PresenceMessage } from '../protocol/messages.ts'
import { uuidv7 } from '../protocol/uuid.ts'
import { loadKey } from '../vault/key.ts'
import { createArtefactStore } from './artefacts/store.ts'
import { type Devices, openDevices } from './capabilities/devices.ts'
import { createCapabilities } from './capabilities/index.ts'
import type { Capability } from './capability.ts'
import { createDispatch } from './commands/dispatch.ts'
import { createJournal } from './commands/journal.ts'
import type { AgentConfig } from './config.ts'
import { createConfiguration } from './configuration.ts'
import { openDatabase } from './database.ts'
import { diagnosticsBundle } from './health/diagnostics.ts'
import type { LogRing } from './health/log.ts'
import { createProfile } from './health/profile.ts'
import { capabilityTests, ownTests, runSelfTests } from './health/selftests.ts'
import { createBackoff } from './link/backoff.ts'
import { createClock } from './link/clock.ts'
import { createConnection } from './link/connection.ts'
import { readCredentials } from './link/credentials.ts'
import { bootId, createEnvelopes } from './link/envelope.ts'
import { createDoor } from './link/https.ts'
import { createLivePreview } from './link/live.ts'
import { createOutbox } from './link/outbox.ts'
import { keepTime } from './link/time.ts'
import { createMarks } from './marks.ts'
import { version } from './version.ts'

/** What an agent is given beside its configuration. */
export interface AgentParts {
  readonly logger: Logger
  /** The newest log lines, for diagnostics. */
  readonly logs?: LogRing
  /** Called when a command restarts the agent or the machine, after its answer was sent. */
  readonly restart?: (what: 'agent' | 'machine') => void
  /** Devices in place of those of the configuration. */
  readonly devices?: Devices
  /** `:memory:` for a terminal that only pretends to be one. */
  readonly database?: string
  /** The machine's clocks in milliseconds, in place of its own. */
  readonly machine?: Parameters<typeof createClock>[0]
  /** Random numbers from 0 to below 1, for the waits between two tries. */
  readonly random?: () => number
}

/** One terminal's agent. Many can live in one process. */
export interface Agent {
  /** Resolves when it listens to its devices and begins to connect; it need not be connected then. */
  start(): Promise<void>
  /** Stops what runs, says bye, and leaves what was not sent on the disk. */
  stop(reason?: NonNullable<PresenceMessage['reason']>): Promise<void>
  /** Whether the fleet can be reached now. */
  readonly isUp: boolean
}

type Undo = () => Promise<void> | void

/** Builds the agent's parts and starts them in order; `undo` gets what stops them, in the same order. */
const assemble = async (config: AgentConfig, parts: AgentParts, undo: Undo[]) => {
  const { logger, logs = { write() {}, lines: () => [] }, restart = () => {} } = parts
  const { deviceId: device, fleet: address, dataFolder } = config
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  const database = openDatabase(parts.database ?? join(dataFolder, 'agent.db'))
  undo.push(() => database.close())
  const marks = createMarks(database)
  const stopped = new AbortController()
  const { signal } = stopped
  const { backoffBaseMs: base, backoffCapMs: cap } = config.link
  const random = parts.random ? { random: parts.random } : {}
  const backoff = () => createBackoff({ base, cap, ...random })
  const patientBackoff = () => createBackoff({ base, cap: 10 * cap, ...random })

  const clock = createClock(parts.machine)
  const startedAt = clock.monotonic()
  const now = () => clock.now()
  const boot = bootId()
  const run = uuidv7()
  const versions = { agent: version, node: process.versions.node }
  const credentials = await readCredentials(config)
  const door = createDoor(address, credentials)
  undo.push(() => door.close())

  const connection = createConnection({
    device,
    address,
    credentials,
    agentVersion: version,
    envelope: createEnvelopes({ boot, run }, clock),
    backoff: backoff(),
    nextConnection() {
      const next = Number(marks.get('connection') ?? 0) + 1
      marks.set('connection', String(next))
      return next
    },
    received(topic, payload) {
      if (topic.kind === 'desired') configuration.desired(payload)
      else if (topic.kind === 'command' && topic.command) dispatch.command(topic.command, payload)
      else if (topic.kind === 'cancel' && topic.command) dispatch.cancel(topic.command, payload)
    },
    cameUp() {
      profile.send()
      configuration.report()
      artefacts.retry()
    },
    logger,
  })
  const outbox = createOutbox(database, connection, logger)
  const configuration = createConfiguration({ marks, line: connection, clock, logger })
  const artefacts = createArtefactStore({
    folder: dataFolder,
    key: await loadKey(join(dataFolder, 'artefacts.key')),
    database,
    door,
    now,
    logger,
    backoff: patientBackoff,
    lost({ id, command, kind }) {
      outbox.put('event', {
        id: uuidv7(),
        type: 'artefact-lost',
        at: now(),
        data: { artefact: id, command, kind },
      })
    },
  })
  const devices = parts.devices ?? (await openDevices(config, logger))
  const selftest = (limit: AbortSignal) => {
    const own = ownTests({
      line: connection,
      clock,
      dataFolder,
      writeMark: () => marks.set('selftest', String(now())),
    })
    return runSelfTests([...own, ...capabilityTests(others())], limit)
  }
  const capabilities = await createCapabilities({
    config,
    devices,
    artefacts,
    live: createLivePreview(door, signal),
    logger,
    terminal: {
      artefacts,
      restart,
      selftest,
      diagnostics: async (limit) =>
        diagnosticsBundle({
          deviceId: device,
          versions,
          logs,
          reports: profile.reports(),
          selftest: await selftest(limit),
          now: now(),
        }),
    },
  })
  const all = Object.values(capabilities) as Capability[]
  const others = () => all.filter(({ name }) => name !== 'terminal')
  const profile = createProfile({
    capabilities,
    about: { ...(config.village ? { village: config.village } : {}), profiles: config.profiles, versions },
    line: connection,
    outbox,
    now,
    logger,
  })
  const dispatch = createDispatch({
    capabilities,
    journal: createJournal(database, now),
    clock,
    line: connection,
    artefacts,
    backoff: patientBackoff,
    logger,
    // By the fleet's clock, which is not known yet: the machine's own may be wrong by years.
    ...(database.lost ? { blindBefore: () => clock.now() - (clock.monotonic() - startedAt) } : {}),
    ended: ({ state }) => {
      if (state === 'failed') profile.look()
    },
  })

  await artefacts.start()
  undo.push(() => artefacts.stop())
  for (const capability of all) {
    await capability
      .start()
      .catch((error: unknown) =>
        logger.error({ error, capability: capability.name }, 'a capability did not start'),
      )
    undo.push(() =>
      capability
        .stop()
        .catch((error: unknown) =>
          logger.error({ error, capability: capability.name }, 'a capability did not stop'),
        ),
    )
  }
  dispatch.start()
  const planned = marks.get('running') === 'no'
  const sameBoot = marks.get('boot') === boot
  marks.set('running', 'yes')
  marks.set('boot', boot)
  outbox.put('event', { id: uuidv7(), type: 'agent-started', at: now(), data: { planned, sameBoot } })
  connection.start()
  const work = [
    keepTime({ door, clock, backoff: backoff(), logger }, signal),
    outbox.keepSending(signal),
    profile.run(signal),
  ]
  undo.push(async () => {
    stopped.abort(new Error('The agent stops'))
    await Promise.all(work)
  })
  return {
    connection,
    async leave(reason: NonNullable<PresenceMessage['reason']>) {
      await dispatch.stop()
      await connection.stop(reason)
      marks.set('running', 'no')
    },
  }
}

/** An agent of this configuration; nothing happens before `start`. */
export const createAgent = (config: AgentConfig, parts: AgentParts): Agent => {
  const undo: Undo[] = []
  let assembled: Awaited<ReturnType<typeof assemble>> | undefined
  const undoAll = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  return {
    async start() {
      try {
        assembled = await assemble(config, parts, undo)
      } catch (thrown) {
        await undoAll()
        throw thrown
      }
    },
    async stop(reason = 'shutdown') {
      await assembled?.leave(reason)
      assembled = undefined
      await undoAll()
    },
    get isUp() {
      return assembled?.connection.isUp ?? false
    },
  }
}
