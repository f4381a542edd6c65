import { createReadStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { loadKey } from '../vault/key.ts'
import type { Terminal } from './api/schemas.ts'
import { createServer } from './api/server.ts'
import { FleetArtefacts } from './artefacts/artefacts.ts'
import { Sessions } from './auth/sessions.ts'
import { Tokens } from './auth/tokens.ts'
import { type User, Users } from './auth/users.ts'
import { AedesBroker } from './broker/aedes-broker.ts'
import type { BrokerEvents } from './broker/broker.ts'
import { systemClock } from './clock.ts'
import { Commands } from './commands/commands.ts'
import type { FleetConfig } from './config.ts'
import { Configurations } from './configuration/configurations.ts'
import { createComposer } from './documents/composer.ts'
import { Desk } from './documents/desk.ts'
import { TerminalsDoor } from './door/door.ts'
import { doorRoutes } from './door/routes.ts'
import { Uploads } from './door/uploads.ts'
import type { Credentials } from './identity/authority.ts'
import { developmentAuthority } from './identity/development.ts'
import { createInbox } from './inbox.ts'
import { Keyring } from './signing/keyring.ts'
import { openDatabase } from './store/database.ts'
import type { Role } from './store/schema.ts'
import { sqliteDialect } from './store/sqlite.ts'
import { EventLog } from './terminals/events.ts'
import { Terminals } from './terminals/terminals.ts'

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
  /** Makes the key and the certificate of a terminal. */
  issueTerminal(id: string): Promise<Credentials>
  /** Adds a person, or gives a known one a new password and role. */
  createUser(name: string, password: string, role: Role): Promise<User>
  /** Makes a bearer token for a program; an earlier one of the same name ends. */
  createToken(name: string, role: Role): Promise<string>
}

type Undo = () => Promise<void> | void

/** Builds the fleet's parts and starts them in order; `undo` gets what stops them, in the same order. */
const assemble = async (config: FleetConfig, log: Logger, undo: Undo[]) => {
  const { dataFolder, host } = config
  const clock = systemClock
  const inData = (name: string) => join(dataFolder, name)
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })

  const database = await openDatabase(sqliteDialect(inData('fleet.db'), config.synchronous))
  undo.push(() => database.destroy())
  const authority = await developmentAuthority(inData('authority'))
  const key = await loadKey(inData('fleet.key'))
  const signer = new Keyring({
    ...{ file: inData('signing-keys'), key, clock, log },
    certify: () => ({ signature: '', certificates: '' }),
  })

  // The broker and what it feeds know each other; nothing comes in before everything below is made.
  const broker: AedesBroker = new AedesBroker(brokerEvents(), log)
  const commands = new Commands({ database, broker, signer, clock, log })
  const terminals = new Terminals({ database, broker, clock, log })
  const events = new EventLog(database, clock)
  const configurations = new Configurations({ database, broker, terminals, signer, clock, log })
  const inbox = createInbox({ commands, terminals, events, configurations, log })
  function brokerEvents(): BrokerEvents {
    return {
      message: (device, message) => inbox(device, message),
      connected: ({ device }) => terminals.connected(device),
      disconnected: ({ device }) => terminals.disconnected(device),
    }
  }

  const artefacts = new FleetArtefacts({ folder: inData('artefacts'), key, database, clock, log })
  const desk = new Desk({
    folder: inData('desk'),
    keep: ({ file, ...document }) =>
      artefacts.put({ ...document, kind: 'document', source: createReadStream(file) }),
    write: createComposer(artefacts, commands),
  })
  const users = new Users(database, clock)
  const sessions = new Sessions(database, clock)
  const tokens = new Tokens(database, clock)
  const server = await createServer({
    ...{ commands, terminals, users, sessions, tokens, artefacts, clock, log },
    documents: desk,
    behindProxy: config.behindProxy,
    ...(config.pages === undefined ? {} : { pages: config.pages }),
  })
  const owns = (device: string, command: string) => commands.belongs(device, command)
  const uploads = new Uploads({ folder: inData('uploads'), key, artefacts, owns, clock, log })
  const http = doorRoutes({
    ...{ clock, uploads, artefacts, log },
    mayRead: (device, document) => commands.names(device, document),
    onBand: (device, command, { jpeg, ...band }) =>
      commands.band(device, command, { ...band, jpeg: Buffer.from(jpeg).toString('base64') }),
  })
  const door = new TerminalsDoor({ host, port: config.mqttPort, authority, broker, http, logger: log })

  for (const part of [signer, artefacts, uploads, terminals, commands, desk, broker, configurations]) {
    await part.start()
    undo.push(() => part.stop())
  }
  await events.forget()
  undo.push(
    clock.every(86_400_000, () => {
      events
        .forget()
        .catch((error: unknown) => log.error({ err: error }, 'old events could not be forgotten'))
    }),
  )
  await server.listen({ host, port: config.httpPort })
  undo.push(() => server.close())
  await door.start()
  undo.push(() => door.stop())

  const { port } = server.server.address() as AddressInfo
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  return { url, mqttPort: door.port, terminals, authority, users, tokens }
}

/** A fleet manager of this set-up, not yet started. */
export const createFleet = (config: FleetConfig, log: Logger): Fleet => {
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
      try {
        parts = await assemble(config, log, undo)
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
    createUser: (name, password, role) => running().users.put(name, password, role),
    createToken: (name, role) => running().tokens.create(name, role),
  }
}
