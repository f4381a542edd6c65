import type { Readable } from 'node:stream'
import type { Logger } from 'pino'
import type { Alerting } from '../alerts/assembly.ts'
import type { Audit } from '../audit/audit.ts'
import type { Auth } from '../auth/auth.ts'
import type { AvailabilityRecord } from '../availability/create.ts'
import type { Clock } from '../clock.ts'
import type { Commands } from '../commands/commands.ts'
import type { Configurations } from '../configuration/configurations.ts'
import type { Claims } from '../identity/claims.ts'
import type { Identities } from '../identity/identities.ts'
import type { DeviceDescriptions } from '../profiles/descriptions.ts'
import type { Profiles } from '../profiles/profiles.ts'
import type { Keyring } from '../signing/keyring.ts'
import type { ArtefactRow } from '../store/schema.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Presence } from '../terminals/presence-record.ts'
import type { Terminals } from '../terminals/terminals.ts'
import type { OperationParts } from './routes/operation.ts'
import type { ProvisioningParts } from './routes/provisioning.ts'
import type { Composition } from './schemas.ts'

/** Bytes of a file, both ends counted, from 0. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/** The fleet's files as the API needs them. */
export interface ArtefactShelf {
  /** What is known of an artefact, also of one that was erased. */
  find(id: string): Promise<ArtefactRow | undefined>
  /** The artefacts that a command made, the oldest first. */
  ofCommand(command: string): Promise<ArtefactRow[]>
  /** The unsealed bytes. Rejects before the first byte when they cannot be read. */
  read(artefact: ArtefactRow, part: 'original' | 'preview', range?: ByteRange): Promise<Readable>
  /** Wipes the bytes; the row stays. */
  erase(id: string): Promise<void>
}

/** Makes artefacts of what people bring; `owner` is the id of who did. Both throw `ProblemError`. */
export interface DocumentDesk {
  /** Takes in a file that was sent, checked before anything else reads it. */
  receive(bytes: Readable, mediaType: string, owner?: string): Promise<ArtefactRow>
  /** Makes one PDF of scanned pages. */
  compose(composition: Composition, owner?: string): Promise<ArtefactRow>
}

/** What the people's door stands on. */
export interface ApiParts {
  readonly commands: Commands
  readonly configurations: Configurations
  readonly terminals: Terminals
  readonly presence: Pick<Presence, 'history' | 'events' | 'maintenance' | 'villages' | 'edit' | 'downtime'>
  readonly identities: Identities
  readonly claims: Claims
  readonly auth: Auth
  readonly audit: Audit
  readonly operation: OperationParts
  readonly alerting: Alerting
  readonly signing: Pick<Keyring, 'list' | 'rotate' | 'revoke'>
  readonly artefacts: ArtefactShelf
  readonly documents: DocumentDesk
  readonly profiles: Profiles
  readonly deviceDescriptions: Pick<DeviceDescriptions, 'of'>
  readonly telemetry: Pick<Telemetry, 'latest' | 'series'>
  readonly availability: AvailabilityRecord
  readonly provisioning: ProvisioningParts
  readonly clock: Clock
  readonly log: Logger
  /** The folder of the built pages; without it there are none. */
  readonly pages?: string
  /** Whether a proxy in front says by `X-Forwarded-*` who asks. */
  readonly behindProxy?: boolean
  /** Where browsers find the fleet, when that is known. */
  readonly publicUrl?: string
}
