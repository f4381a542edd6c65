import { readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { Devices } from '../capabilities/devices.ts'
import { createPaperPath } from '../capabilities/paper-path.ts'
import type { AgentConfig } from '../config.ts'
import type { Identity } from '../identity/identity.ts'
import type { Clock } from '../link/clock.ts'
import type { Credentials } from '../link/credentials.ts'
import { createDoor, type Door } from '../link/https.ts'
import type { Marks } from '../marks.ts'
import { version } from '../version.ts'
import { createAcceptanceDesk } from './acceptance.ts'
import { type ClaimFiles, createClaimFiles } from './claim-files.ts'
import { createClaiming } from './claiming.ts'
import { createFieldDoor, type FieldDoor } from './field-door.ts'
import { openRecord } from './record.ts'
import { createSetup, type Setup, type SetupParts } from './setup.ts'
import { createSheetDesk } from './sheet/desk.ts'
import { createStepWork, type WorkParts } from './work.ts'

/** What setting up takes from its agent. */
export interface SetUpParts {
  readonly config: AgentConfig
  readonly identity: Identity & { readonly door: Pick<Door, 'ask'>; credentials(): Credentials }
  readonly marks: Marks
  readonly devices: Devices
  readonly selftest: WorkParts['selftest']
  readonly look: WorkParts['look']
  readonly profile: WorkParts['profile']
  readonly languages: SetupParts['languages']
  /** Seals the picture of the signed sheet. */
  readonly key: Uint8Array
  readonly clock: Pick<Clock, 'now' | 'trusted'>
  readonly logger: Logger
}

/** A set-up that is open. */
export interface OpenSetup {
  readonly setup: Setup
  readonly field: FieldDoor
  readonly door: Pick<Door, 'close'>
}

/** The parts of a set-up, not yet started; `folder` is private to it. */
export const assembleSetup = (parts: SetUpParts, folder: string): OpenSetup => {
  const { config, identity, marks, devices, logger, clock } = parts
  const { ports, claimFolders, page, port } = config.setup
  const record = openRecord(marks)
  const now = () => clock.now()
  const files = createClaimFiles(claimFolders, identity.serial, clock)
  const whereTo = fleetOf(parts, files)
  const claiming = createClaiming({ identity, files, whereFleet: whereTo.find })
  const door = createDoor(() => whereTo.credentials())
  const work = createStepWork({
    ...{ identity, record, claiming, now },
    paper: createPaperPath(config, devices),
    selftest: parts.selftest,
    look: parts.look,
    profile: parts.profile,
    desk: createSheetDesk(folder, config.childPaths.sheet),
    acceptance: createAcceptanceDesk(folder, parts.key, identity.door),
    agentVersion: version,
    uplink: { door, ports, find: async () => (await whereTo.find())?.address },
  })
  const setup = createSetup({ ...{ identity, record, work, files, now, logger }, languages: parts.languages })
  const shown = page ?? config.childPaths.field
  const field = createFieldDoor({ setup, port, logger, ...(shown === undefined ? {} : { page: shown }) })
  return { setup, field, door }
}

/** Where the fleet is: as the terminal is enrolled, else by the configuration, else by a claim file. */
const fleetOf = ({ config, identity }: SetUpParts, files: ClaimFiles) => {
  let found: Credentials | undefined
  const enrolled = (): Credentials | undefined => {
    try {
      return identity.credentials()
    } catch {
      return undefined
    }
  }
  return {
    /** Looks where the fleet is; `undefined` where nothing tells. */
    async find(): Promise<Credentials | undefined> {
      found = enrolled()
      if (found === undefined && config.fleet !== undefined && config.ca !== undefined) {
        found = { address: config.fleet, ca: await readFile(config.ca, 'utf8') }
      }
      const file = found === undefined ? await files.newest() : undefined
      if (file !== undefined) found = { address: file.fleet, ca: file.ca }
      return found
    },
    credentials(): Credentials {
      const known = enrolled() ?? found
      if (known === undefined) throw new Error('No fleet is known')
      return known
    },
  }
}
