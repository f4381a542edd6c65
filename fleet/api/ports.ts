import type { Readable } from 'node:stream'
import type { Logger } from 'pino'
import type { Sessions } from '../auth/sessions.ts'
import type { Tokens } from '../auth/tokens.ts'
import type { Users } from '../auth/users.ts'
import type { Clock } from '../clock.ts'
import type { Commands } from '../commands/commands.ts'
import type { ArtefactRow } from '../store/schema.ts'
import type { Terminals } from '../terminals/terminals.ts'
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

/** Makes artefacts of what people bring. Both throw `ProblemError`. */
export interface DocumentDesk {
  /** Takes in a file that was sent, checked before anything else reads it. */
  receive(bytes: Readable, mediaType: string): Promise<ArtefactRow>
  /** Makes one PDF of scanned pages. */
  compose(composition: Composition): Promise<ArtefactRow>
}

/** What the people's door stands on. */
export interface ApiParts {
  readonly commands: Commands
  readonly terminals: Terminals
  readonly users: Users
  readonly sessions: Sessions
  readonly tokens: Tokens
  readonly artefacts: ArtefactShelf
  readonly documents: DocumentDesk
  readonly clock: Clock
  readonly log: Logger
  /** The folder of the built pages; without it there are none. */
  readonly pages?: string
  /** Whether a proxy in front says by `X-Forwarded-*` who asks. */
  readonly behindProxy?: boolean
}
