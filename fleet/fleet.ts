import { createHmac } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { readProfileFiles } from '../provisioning/built-in-profiles.ts'
import { loadKey } from '../vault/key.ts'
import { createAlerting } from './alerts/assembly.ts'
import { expiringOf } from './alerts/fleet-health.ts'
import type { Terminal } from './api/schemas.ts'
import { createServer } from './api/server.ts'
import { FleetArtefacts } from './artefacts/artefacts.ts'
import { Audit } from './audit/audit.ts'
import { createAuth } from './auth/auth.ts'
import { keepFirstToken } from './auth/first-token.ts'
import { carefulRoles } from './auth/role-policies.ts'
import type { User } from './auth/users.ts'
import { createAvailability } from './availability/create.ts'
import { AedesBroker } from './broker/aedes-broker.ts'
import type { BrokerEvents } from './broker/broker.ts'
import { systemClock } from './clock.ts'
import { Commands } from './commands/commands.ts'
import type { FleetConfig } from './config.ts'
import { Configurations } from './configuration/configurations.ts'
import { createComposer } from './documents/composer.ts'
import { Desk } from './documents/desk.ts'
import { assembleDoor } from './door/assembly.ts'
import { certifiedNames, doorHost, isTrial, placesOf } from './doors.ts'
import { withPort } from './host.ts'
import { type Credentials, createAuthority } from './identity/authority.ts'
import { Claims, type ClaimView, type ClaimWish } from './identity/claims.ts'
import type { IdentityEvents } from './identity/identities.ts'
import { Runs } from './identity/runs.ts'
import { createInbox } from './inbox.ts'
import { opened, tryPorts } from './listening.ts'
import { createOperation } from './metrics/operation.ts'
import { DeviceDescriptions } from './profiles/descriptions.ts'
import { Profiles } from './profiles/profiles.ts'
import { Keyring } from './signing/keyring.ts'
import { openDatabase } from './store/database.ts'
import type { Lost } from './store/hold.ts'
import type { Role } from './store/schema.ts'
import { storeOf } from './store/setting.ts'
import { FleetTelemetry } from './telemetry/fleet-telemetry.ts'
import { Acceptances } from './terminals/acceptances.ts'
import { createPresence } from './terminals/presence-record.ts'

/** One fleet manager. Everything but `start` and `stop` may be used only while it runs. */
export interface Fleet {
  /** Resolves when both doors are open. */
  start(): Promise<void>
  /** Closes the doors, lets end what was begun, and leaves everything on the disk. */
  stop(): Promise<void>
  /** Where people and programs come in. */
  readonly url: string
  /** Where terminals come in, by MQTT and HTTPS. */
  readonly mqttPort: number
  /** Makes a terminal known. */
  registerTerminal(id: string, village: string): Promise<Terminal>
  /** Makes the key and the certificate of a simulated terminal, accepted at once. */
  issueTerminal(id: string): Promise<Credentials>
  /** Makes the right to enrol one terminal, once; the code is told here alone. */
  createClaim(wish: ClaimWish): Promise<ClaimView & { readonly code: string }>
  /** Adds a person, or gives a known one a new password and role. */
  createUser(name: string, password: string, role: Role): Promise<User>
  /** Makes a bearer token for a program; an earlier one of the same name ends. */
  createToken(name: string, role: Role): Promise<string>
  /** The vitals of the terminals, for simulations that do not take the way through the door. */
  readonly telemetry: FleetTelemetry
}

const raise = (reason: Error): never => {
  throw reason
}

type Undo = () => Promise<void> | void

/** Builds the fleet's parts and starts them in order; `undo` gets what stops them, in the same order. */
const assemble = async (config: FleetConfig, log: Logger, lost: Lost, undo: Undo[]) => {
  const { dataFolder, host, parts } = config
  const clock = systemClock
  const inData = (name: string) => join(dataFolder, name)
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })

  const store = storeOf(config)
  for (const hold of store.holds) undo.push(await hold(lost))
  const database = await openDatabase(store.dialect)
  undo.push(() => database.destroy())
  const key = await loadKey(inData('fleet.key'))
  const identityEvents: IdentityEvents = {
    cut: (device) => door.disconnect(device),
    alarm: (type, device, about) => {
      events
        .note(device, type, { about })
        .catch((error: unknown) => log.error({ err: error, terminal: device }, 'an alarm was not kept'))
      audit.note({ action: type, subject: device, about })
    },
  }
  const authority = await createAuthority({
    ...{ folder: inData('authority'), database, clock, log, events: identityEvents },
    door: certifiedNames(config),
  })
  undo.push(() => authority.stop())
  const { identities } = authority
  const pepper = createHmac('sha256', key).update('claims').digest()
  const claims = new Claims({ database, pepper, clock, log, events: identityEvents })
  const signer = new Keyring({
    ...{ file: inData('signing-keys'), key, clock, log },
    certify: (text) => authority.signKeys(text),
  })

  const audit = new Audit({
    ...{ database, signer, file: inData('audit-heads.ndjson'), clock, log },
    roots: () => authority.ca,
  })
  await audit.start()
  undo.push(() => audit.stop())

  // The broker and what it feeds know each other; nothing comes in before everything below is made.
  const broker: AedesBroker = new AedesBroker(brokerEvents(), log)
  const commands = new Commands({ database, broker, signer, clock, log })
  const presence = createPresence({ database, broker, clock, log })
  const { terminals, events } = presence
  const configurations = new Configurations({ database, broker, terminals, events, signer, clock, log })
  const telemetry = new FleetTelemetry({
    ...{ store: store.telemetry, clock, log },
    thread: parts?.telemetryThread,
  })
  const operation = createOperation({
    ...{ database, dataFolder, terminals, broker, commands, authority },
    doorPort: () => door.port,
    incidents: () => alerting.alerts.unresolved(),
  })
  undo.push(() => operation.stop())
  const availability = createAvailability({
    ...{ database, presence, configurations, commands, telemetry, clock, log },
  })
  const alerting = createAlerting({
    ...{ database, key, clock, log, folder: dataFolder, presence, telemetry },
    hours: (device) => configurations.of(device).document.content.openingHours,
    expiring: () => expiringOf(authority),
  })
  const runs = new Runs()
  const inbox = createInbox({
    commands,
    terminals: {
      has: (device) => terminals.has(device),
      presence: async (device, message) => {
        if (!runs.cameBack(device, message)) return terminals.presence(device, message)
        runs.forget(device)
        identities.quarantine(device, 'run-came-back')
        return false
      },
      profile: (device, message) => terminals.profile(device, message),
    },
    ...{ events, configurations, telemetry: operation.counted(telemetry), log },
  })
  function brokerEvents(): BrokerEvents {
    return {
      message: async (device, message) => {
        // What was on its way when the terminal lost its rights is not delivered any more.
        if (!identities.mayWork(device)) throw new Error('refused: this terminal may not work')
        await inbox(device, message)
      },
      connected: (peer) => {
        identities.connected(peer)
        terminals.connected(peer.device)
      },
      disconnected: ({ device }) => terminals.disconnected(device),
      doubled: ({ device }) => identities.quarantine(device, 'used-twice'),
    }
  }

  const artefacts = new FleetArtefacts({ folder: inData('artefacts'), key, database, clock, log })
  const desk = new Desk({
    folder: inData('desk'),
    clock,
    keep: ({ file, ...document }) =>
      artefacts.put({ ...document, kind: 'document', source: createReadStream(file) }),
    write: createComposer(artefacts, commands),
    pageWorker: parts?.pageWorker,
  })
  const auth = createAuth({ database, clock, key, careful: isTrial(config) ? [] : carefulRoles })
  await keepFirstToken(inData('first-token'), auth, log, audit)
  const acceptances = new Acceptances({ database, artefacts, clock })
  const profiles = new Profiles({ database, clock, release: () => readProfileFiles(parts?.profiles) })
  const deviceDescriptions = new DeviceDescriptions(database, clock)
  const server = await createServer({
    ...{
      commands,
      configurations,
      terminals,
      presence,
      identities,
      claims,
      auth,
      audit,
      operation,
      artefacts,
      clock,
      log,
    },
    documents: desk,
    alerting,
    ...{ profiles, deviceDescriptions, telemetry, availability },
    signing: signer,
    provisioning: {
      acceptances,
      door: () => ({ host: doorHost(config), port: door.port, ca: authority.ca }),
    },
    behindProxy: config.behindProxy,
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    ...(config.pages === undefined ? {} : { pages: config.pages }),
  })
  const { door, uploads } = assembleDoor({
    ...{ host, port: config.mqttPort, dataFolder, key, authority, broker, commands, terminals, artefacts },
    ...{ claims, signer, profiles, deviceDescriptions, acceptances, clock, log },
  })

  for (const part of [
    profiles,
    signer,
    telemetry,
    artefacts,
    uploads,
    presence,
    availability,
    commands,
    desk,
    broker,
    configurations,
    alerting,
  ]) {
    await part.start()
    undo.push(() => part.stop())
  }
  const places = placesOf(config)
  const people = { host: places.people.host, port: places.people.port }
  await opened(server.listen(people), places.people)
  undo.push(() => server.close())
  await opened(door.start(), places.terminals)
  undo.push(() => door.stop())
  undo.push(() => presence.leave())

  const url = `http://${withPort(people.host, (server.server.address() as AddressInfo).port)}`
  return { url, mqttPort: door.port, terminals, authority, claims, auth, telemetry }
}

/**
 * A fleet manager of this set-up, not yet started. Whoever runs it ends the process when `lost` is told that another one
 * has its store; unless told how, an exception does.
 */
export const createFleet = (config: FleetConfig, log: Logger, lost: Lost = raise): Fleet => {
  const undo: Undo[] = []
  let parts: Awaited<ReturnType<typeof assemble>> | undefined
  const running = () => {
    if (!parts) throw new Error('The fleet is not running')
    return parts
  }
  const stop = async () => {
    parts = undefined
    for (const end of undo.splice(0).reverse()) await end()
  }
  return {
    async start() {
      await tryPorts(config)
      try {
        parts = await assemble(config, log, lost, undo)
      } catch (error) {
        await stop()
        throw error
      }
    },
    stop,
    get url() {
      return running().url
    },
    get mqttPort() {
      return running().mqttPort
    },
    registerTerminal: (id, village) => running().terminals.register(id, village),
    issueTerminal: (id) => running().authority.issueTerminal(id),
    createClaim: (wish) => running().claims.create(wish, 'fleet'),
    createUser: (name, password, role) => running().auth.users.put(name, password, role),
    createToken: (name, role) => running().auth.tokens.create(name, role),
    get telemetry() {
      return running().telemetry
    },
  }
}
