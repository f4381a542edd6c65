import { join } from 'node:path'
import type { Logger } from 'pino'
import type { FleetArtefacts } from '../artefacts/artefacts.ts'
import type { AedesBroker } from '../broker/aedes-broker.ts'
import type { Clock } from '../clock.ts'
import type { Commands } from '../commands/commands.ts'
import type { FleetAuthority } from '../identity/authority.ts'
import type { Claims } from '../identity/claims.ts'
import { Enrolments } from '../identity/enrolment.ts'
import type { DeviceDescriptions } from '../profiles/descriptions.ts'
import type { Profiles } from '../profiles/profiles.ts'
import type { Signer } from '../signing/signer.ts'
import type { Acceptances } from '../terminals/acceptances.ts'
import type { Terminals } from '../terminals/terminals.ts'
import { acceptanceRoute } from './acceptance.ts'
import { type OpenHandler, TerminalsDoor } from './door.ts'
import { openRoutes } from './enrolment.ts'
import { probeRoute } from './probe.ts'
import { doorRoutes } from './routes.ts'
import { Uploads } from './uploads.ts'

/** What stands behind the terminals' door. */
export interface DoorAssembly {
  readonly host: string
  readonly port: number
  readonly dataFolder: string
  /** Seals what is on its way in, and the tickets of TLS sessions. */
  readonly key: Uint8Array
  readonly authority: FleetAuthority
  readonly broker: AedesBroker
  readonly commands: Commands
  readonly terminals: Terminals
  readonly artefacts: FleetArtefacts
  readonly claims: Claims
  readonly signer: Signer
  readonly profiles: Profiles
  readonly deviceDescriptions: DeviceDescriptions
  readonly acceptances: Acceptances
  readonly clock: Clock
  readonly log: Logger
}

/** The terminals' door with all its routes, and the uploads behind it; both not yet started. */
export const assembleDoor = (
  parts: DoorAssembly,
): { readonly door: TerminalsDoor; readonly uploads: Uploads } => {
  const { host, port, authority, broker, commands, artefacts, key, signer, clock, log } = parts
  const owns = (device: string, command: string) => commands.belongs(device, command)
  const uploads = new Uploads({ folder: join(parts.dataFolder, 'uploads'), key, artefacts, owns, clock, log })
  const http = doorRoutes({
    ...{ uploads, artefacts, log },
    profiles: { profiles: parts.profiles, descriptions: parts.deviceDescriptions },
    mayRead: (device, document) => commands.names(device, document),
    onBand: (device, command, { jpeg, ...band }) =>
      commands.band(device, command, { ...band, jpeg: Buffer.from(jpeg).toString('base64') }),
  })
  const { identities, devices } = authority
  const enrolments = new Enrolments({
    ...{ claims: parts.claims, identities, devices, signer, clock, log },
    register: (device, village) => parts.terminals.register(device, village),
  })
  const openOnes = [
    openRoutes({ enrolments, signer, clock, log }),
    probeRoute(),
    acceptanceRoute(parts.acceptances, log),
  ]
  const open: OpenHandler = (...asked) => openOnes.some((answers) => answers(...asked))
  return {
    door: new TerminalsDoor({ host, port, key, clock, authority, broker, http, open, logger: log }),
    uploads,
  }
}
