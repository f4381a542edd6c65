import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { defaultConfiguration } from '../protocol/configuration.ts'
import type { PresenceMessage } from '../protocol/messages.ts'
import { uuidv7 } from '../protocol/uuid.ts'
import { loadKey } from '../vault/key.ts'
import { createArtefactStore } from './artefacts/store.ts'
import type { Devices } from './capabilities/devices.ts'
import { createCapabilities } from './capabilities/index.ts'
import { switchedProbe, withSwitches } from './capabilities/switches.ts'
import type { Capability } from './capability.ts'
import { createDispatch } from './commands/dispatch.ts'
import { createJournal } from './commands/journal.ts'
import { createLostRecord } from './commands/lost-record.ts'
import type { AgentConfig } from './config.ts'
import { createConfiguration } from './configuration/configuration.ts'
import { healthLook } from './configuration/health.ts'
import { createSettings } from './configuration/settings.ts'
import type { TrialTimes } from './configuration/trial.ts'
import { openDatabase } from './database.ts'
import { createIppUsb } from './devices/ipp-usb/ipp-usb.ts'
import { cameraProbe } from './health/camera.ts'
import { diagnosticsBundle } from './health/diagnostics.ts'
import { kioskProbe } from './health/kiosk.ts'
import { createLogRing, type LogRing } from './health/log.ts'
import { createLogLevels } from './health/log-level.ts'
import { createLogTail } from './health/log-tail.ts'
import { createMeasuring } from './health/measuring.ts'
import { createProfile } from './health/profile.ts'
import { capabilityTests, ownTests, runSelfTests } from './health/selftests.ts'
import type { Loop } from './health/watchdog.ts'
import { configuredIdentity } from './identity/configured.ts'
import { createBackoff } from './link/backoff.ts'
import { createClock, type MachineClocks } from './link/clock.ts'
import { createConnection } from './link/connection.ts'
import { bootId, createEnvelopes } from './link/envelope.ts'
import { createGate } from './link/gate.ts'
import { createLivePreview } from './link/live.ts'
import { createOutbox } from './link/outbox.ts'
import { createRefusals } from './link/refusals.ts'
import { createStall } from './link/stall.ts'
import { keepTime } from './link/time.ts'
import { createUplink } from './link/uplink.ts'
import { createMarks } from './marks.ts'
import { createDescriptionDelivery } from './profiles/delivery.ts'
import { createEditions } from './profiles/editions.ts'
import { createProfiles } from './profiles/profiles.ts'
import { releaseProfiles } from './profiles/release.ts'
import { createReserve } from './reserve.ts'
import { createFieldWork } from './setup/field-work.ts'
import { builtAt, version } from './version.ts'

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
  readonly machine?: MachineClocks
  /** The boot of the machine that it pretends to run on, in place of the real one. */
  readonly boot?: string
  /** Random numbers from 0 to below 1, for the waits between two tries. */
  readonly random?: () => number
  /** How long a new configuration of the fleet has to prove itself. */
  readonly trial?: TrialTimes
}

/** Stops one part. */
export type Undo = () => Promise<void> | void

/** Builds the agent's parts and starts them in order; `undo` gets what stops them, in the same order. */
export const assemble = async (config: AgentConfig, parts: AgentParts, undo: Undo[]) => {
  const { logger, logs = createLogRing(0), restart = () => {} } = parts
  const { dataFolder } = config
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  const reserve = parts.database === undefined ? createReserve(dataFolder, logger) : undefined
  await reserve?.look()
  const database = openDatabase(parts.database ?? join(dataFolder, 'agent.db'))
  undo.push(() => database.close())
  const marks = createMarks(database)
  const stopped = new AbortController()
  const { signal } = stopped
  const settings = createSettings(logger)
  const { backoffBaseMs: base, backoffCapMs } = config.link
  const longestWaitMs = () => Math.min(backoffCapMs, settings.current().link.longestWaitSeconds * 1000)
  const random = parts.random ?? Math.random
  const backoff = (patience = 1) => createBackoff({ base, cap: () => patience * longestWaitMs(), random })
  const patientBackoff = () => backoff(10)

  const clock = createClock(parts.machine)
  clock.notBefore(Math.max(builtAt, Number(marks.get('fleet-time') ?? 0)))
  const lostRecord = createLostRecord(database.lost, marks, clock)
  const now = () => clock.now()
  const boot = parts.boot ?? bootId()
  const run = uuidv7()
  const versions = { agent: version, node: process.versions.node }
  const identity = await configuredIdentity(config, { clock, backoff, random, logger })
  const { door, membership } = identity

  const stall = createStall()
  const connection = createConnection({
    membership,
    judge: clock,
    agentVersion: version,
    keepaliveSeconds: config.link.keepaliveSeconds,
    stall,
    envelope: createEnvelopes({ boot, run }, clock),
    backoff: backoff(),
    nextConnection() {
      const next = Number(marks.get('connection') ?? 0) + 1
      marks.set('connection', String(next))
      return next
    },
    received: (topic, payload) => gate.received(topic, payload),
    cameUp() {
      profile.send()
      configuration.report()
      artefacts.retry()
      profiles.cameUp()
    },
    logger,
  })
  const outbox = createOutbox(database, connection, logger)
  const refusals = createRefusals({ outbox, clock, logger })
  undo.push(() => refusals.stop())
  const gate = createGate({
    device: () => identity.device,
    verifier: identity.keys,
    passed: {
      command: (message) => dispatch.command(message),
      cancel: (message) => dispatch.cancel(message),
      desired: (message) => configuration.desired(message),
    },
    ...{ refusals, logger },
  })
  const key = await loadKey(join(dataFolder, 'artefacts.key'))
  const artefacts = createArtefactStore({
    folder: dataFolder,
    key,
    database,
    indexLost: lostRecord.undated,
    door,
    uplink: createUplink({
      rate: () => settings.current().uplink.uploadBytesPerSecond,
      monotonic: () => performance.now(),
    }),
    now,
    logger,
    backoff: patientBackoff,
    lost({ id: artefact, ...known }) {
      outbox.put('event', { id: uuidv7(), type: 'artefact-lost', at: now(), data: { artefact, ...known } })
    },
  })
  const profiles = createProfiles({
    config,
    editions: createEditions(join(dataFolder, 'profiles'), door, () =>
      releaseProfiles(config.childPaths.profiles),
    ),
    delivery: createDescriptionDelivery({ door, marks, backoff: patientBackoff(), logger }),
    marks,
    backoff: patientBackoff,
    logger,
    changed: () => profile.look(),
    ippUsb: createIppUsb(config.ippUsbQuirks === undefined ? {} : { quirksFile: config.ippUsbQuirks }),
    signal,
  })
  const devices = parts.devices ?? profiles.devices
  const selftest = (limit: AbortSignal) => {
    const own = ownTests({
      line: connection,
      clock,
      dataFolder,
      writeMark: () => marks.set('selftest', String(now())),
    })
    return runSelfTests([...own, ...capabilityTests(others())], limit)
  }
  const live = createLivePreview(door, signal)
  const levels = createLogLevels(logger)
  const { camera: cameraConfig, kiosk: kioskConfig = {} } = config
  const made = await createCapabilities({
    config,
    devices,
    artefacts,
    live: {
      show(command, band) {
        if (settings.current().features.livePictures) live.show(command, band)
      },
    },
    configuration: () => settings.current(),
    logger,
    terminal: {
      artefacts,
      restart,
      async restartKiosk(context) {
        const { restartKiosk } = await import('./health/kiosk-restart.ts')
        await restartKiosk(kioskConfig.unit, context)
        profile.look()
      },
      logs: createLogTail({ logs, levels, line: connection }),
      selftest,
      diagnostics: async (limit) =>
        diagnosticsBundle({
          deviceId: identity.device ?? '',
          versions,
          logs,
          reports: profile.reports(),
          selftest: await selftest(limit),
          evidence: rounds.latest(),
          profiles: profiles.about(),
          vitals: vitals.latest(),
          configuration: settings.current(),
          setUp: config,
          now: now(),
        }),
    },
  })
  const capabilities = withSwitches(made, (name) => settings.current().features[name])
  const all = Object.values(capabilities) as Capability[]
  const others = () => all.filter(({ name }) => name !== 'terminal')
  const profile = createProfile({
    capabilities,
    probes: {
      camera: switchedProbe(cameraProbe(cameraConfig?.path), () => settings.current().features.camera),
      ...(config.kiosk
        ? { screen: switchedProbe(kioskProbe(kioskConfig), () => settings.current().features.screen) }
        : {}),
    },
    inUse: (name) => name === 'printer' && dispatch.uses('printer'),
    about() {
      const village = identity.village ?? config.village
      return { ...(village ? { village } : {}), profiles: profiles.about(), versions }
    },
    line: connection,
    outbox,
    now,
    logger,
  })
  const configuration = createConfiguration({
    ...{ marks, line: connection, settings, logger },
    monotonic: () => performance.now(),
    health: healthLook(all),
    ...(parts.trial ? { times: parts.trial } : {}),
  })
  settings.on('features', () => profile.look())
  settings.on('profiles', (edition) => (parts.devices ? undefined : profiles.use(edition)))
  settings.on('logLevel', (level) => {
    // Where Kazan says nothing special, the terminal's own file does.
    levels.set(level === defaultConfiguration.logLevel ? config.logLevel : level)
  })
  const dispatch = createDispatch({
    capabilities,
    journal: createJournal(database, now),
    clock,
    line: connection,
    artefacts,
    backoff: patientBackoff,
    logger,
    blindBefore: lostRecord.before,
    began() {
      profile.wake()
      rounds.disturb()
    },
    ended: ({ state }) => {
      rounds.disturb()
      if (state === 'failed') profile.look()
    },
  })

  const { vitals, rounds } = createMeasuring({
    ...{
      config,
      capabilities,
      profile,
      identity,
      connection,
      outbox,
      settings,
      marks,
      clock,
      random,
      logger,
    },
    free: () => dispatch.active === 0,
  })

  await identity.start()
  undo.push(() => identity.stop())
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
  configuration.start()
  undo.push(() => configuration.stop())
  // After the configuration, which says by which profiles it looks.
  const looking = parts.devices ? undefined : profiles.run(signal)
  undo.push(async () => {
    stopped.abort(new Error('The agent stops'))
    await looking
  })
  dispatch.start()
  const planned = marks.get('running') === 'no'
  const sameBoot = marks.get('boot') === boot
  marks.set('running', 'yes')
  marks.set('boot', boot)
  outbox.put('event', { id: uuidv7(), type: 'agent-started', at: now(), data: { planned, sameBoot } })
  const field = createFieldWork({
    ...{ config, identity, marks, devices, selftest, key, clock, logger },
    look: parts.devices ? async () => {} : profiles.look,
    profile() {
      const { terminal, mfp, unknown = false } = profiles.about()
      return { name: mfp ?? terminal, known: !unknown }
    },
    languages: () => settings.current().languages,
  })
  await field.start()
  undo.push(() => field.stop())
  stall.start()
  undo.push(() => stall.stop())
  connection.start()
  const work = [
    keepTime(
      {
        ...{ door, clock, logger },
        credentials: identity.credentials,
        heardKeys: identity.keys.heard,
        backoff: backoff(),
        remember(time) {
          marks.set('fleet-time', String(time))
          lostRecord.date()
        },
      },
      signal,
    ),
    reserve?.run(signal),
    outbox.keepSending(signal),
    profile.run(signal),
    vitals.run(signal),
    rounds.run(signal),
  ]
  undo.push(async () => {
    stopped.abort(new Error('The agent stops'))
    await Promise.all(work)
  })
  const loops: readonly Loop[] = [
    {
      name: 'line',
      get allowanceMs() {
        return longestWaitMs() + 90_000
      },
      lastSign: () => connection.lastSign,
    },
    { name: 'devices', allowanceMs: 240_000, lastSign: () => profile.lastRound },
  ]
  return {
    connection,
    identity,
    loops,
    async leave(reason: NonNullable<PresenceMessage['reason']>) {
      await dispatch.stop()
      await connection.stop(reason)
      marks.set('running', 'no')
    },
  }
}
