import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { Logger } from 'pino'
import { maxArtefactBytes } from '../../protocol/door.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import { SealError } from '../../vault/seal-error.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import type { Database } from '../store/database.ts'
import type { ArtefactRow } from '../store/schema.ts'
import { Turns } from '../turns.ts'
import { ArtefactIndex } from './artefact-index.ts'
import { Content } from './content.ts'
import { retention } from './retention.ts'

/** An artefact is sent as a small JPEG that people see first (where it has one) and the original. */
export type Part = 'preview' | 'original'

/** What is known of an artefact before its bytes. */
export interface ArtefactOutline {
  readonly id: string
  readonly kind: ArtefactRow['kind']
  readonly mediaType: string
  readonly command?: string
  readonly terminal?: string
  readonly pages?: number
  /** Who brought or composed it. */
  readonly owner?: string
}

/** One part of an artefact that comes in. */
export interface IncomingPart extends ArtefactOutline {
  readonly part: Part
  readonly source: Readable | Uint8Array
  /** What its bytes must hash to, where the sender said it. */
  readonly sha256?: string
}

/** A whole artefact that the fleet itself makes. */
export interface NewArtefact extends Omit<ArtefactOutline, 'id'> {
  readonly source: Readable | Uint8Array
  readonly preview?: Uint8Array
}

export type StoredListener = (artefact: ArtefactRow, part: Part) => void

const sweepMs = 10 * 60 * 1000

/** What the files stand on; `key` seals them. */
export interface ArtefactParts {
  readonly folder: string
  readonly key: Uint8Array
  readonly database: Database
  readonly clock: Clock
  readonly log: Logger
}

/**
 * The fleet's files: sealed in its data folder by content, listed in the table `artefacts`, erased when their time is
 * over. A row whose `sha256` is empty has its preview, its original is still on the way.
 */
export class FleetArtefacts {
  readonly #index: ArtefactIndex
  readonly #content: Content
  readonly #clock: Clock
  readonly #log: Logger
  readonly #listeners = new Set<StoredListener>()
  /** INVARIANT: of one content, only one act at a time names a file, or removes it because nobody uses it. */
  readonly #turns = new Turns()
  /** Contents that nobody uses any more and that the disk would not let go. */
  readonly #unremoved = new Set<string>()
  #stopSweep: (() => void) | undefined

  constructor({ folder, key, database, clock, log }: ArtefactParts) {
    this.#index = new ArtefactIndex(database)
    this.#content = new Content(folder, key)
    this.#clock = clock
    this.#log = log
  }

  /** Removes what a killed process left behind and begins to erase what is due. */
  async start(): Promise<void> {
    await this.#content.start()
    const orphans = await this.#content.keepOnly(await this.#index.hashes())
    if (orphans > 0) this.#log.info({ orphans }, 'files without an artefact were removed')
    await this.sweep()
    this.#stopSweep = this.#clock.every(sweepMs, () => {
      this.sweep().catch((error: unknown) => this.#log.error({ err: error }, 'files could not be erased'))
    })
  }

  async stop(): Promise<void> {
    this.#stopSweep?.()
    await this.#turns.idle()
  }

  /** Calls `listener` for each part once it is stored; the returned function ends it. */
  onStored(listener: StoredListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  find(id: string): Promise<ArtefactRow | undefined> {
    return this.#index.find(id)
  }

  ofCommand(command: string): Promise<ArtefactRow[]> {
    return this.#index.ofCommand(command)
  }

  /** Whether this part of it is here, in the row as it was read. */
  static has(row: ArtefactRow, part: Part): boolean {
    return part === 'original' ? row.sha256 !== '' : row.preview_sha256 !== null
  }

  /**
   * The unsealed bytes, both ends of the range counted. Rejects before the first byte with a `ProblemError`:
   * `erased`, `not-ready` while the part is on the way, `internal` when the file is damaged.
   */
  async read(
    row: ArtefactRow,
    part: Part,
    range?: { readonly first: number; readonly last: number },
  ): Promise<Readable> {
    if (row.erased_at !== null) throw new ProblemError('erased', 'The artefact was erased')
    if (!FleetArtefacts.has(row, part)) throw new ProblemError('not-ready', 'The file is not here yet')
    const sha256 = part === 'original' ? row.sha256 : (row.preview_sha256 ?? '')
    const bytes = this.#content.read(sha256, range && { start: range.first, end: range.last })
    try {
      await once(bytes, 'readable')
      return bytes
    } catch (cause) {
      throw new ProblemError('internal', 'The file cannot be read', { cause })
    }
  }

  /** Takes in a whole file of the fleet's own. Rejects with a `ProblemError` when it is too large. */
  async put({ source, preview, ...outline }: NewArtefact): Promise<ArtefactRow> {
    const id = uuidv7(this.#clock.now())
    if (preview) await this.receive({ ...outline, id, part: 'preview', source: preview })
    return this.receive({ ...outline, id, part: 'original', source })
  }

  /**
   * Takes in one part; when this resolves it survives a power cut. A part that is here already is answered with its
   * row. Rejects with a `ProblemError`: `invalid` when the bytes are not those of `sha256`, `too-large`, `conflict`
   * when the id belongs to another artefact.
   */
  async receive(incoming: IncomingPart): Promise<ArtefactRow> {
    const { part, source, sha256, ...outline } = incoming
    const brought = await this.#content.bring(source, maxArtefactBytes).catch((thrown: unknown) => {
      const large = thrown instanceof SealError && thrown.fault === 'too-large'
      throw large ? new ProblemError('too-large', 'The file is too large', { cause: thrown }) : thrown
    })
    try {
      if (sha256 !== undefined && sha256 !== brought.sha256) {
        throw new ProblemError('invalid', 'The bytes are not those that were announced')
      }
      const [row, isNew] = await this.#turns.take(brought.sha256, () =>
        this.#turns.take(`id ${outline.id}`, async () => {
          const known = await this.#index.find(outline.id)
          const there = known && this.#judge(known, outline, part, brought.sha256)
          if (there) return [there, false] as const
          await this.#content.settle(brought)
          return [await this.#list(known, outline, part, brought.sha256, brought.bytes), true] as const
        }),
      )
      if (isNew) for (const listener of this.#listeners) listener(row, part)
      return row
    } finally {
      await this.#content.discard(brought)
    }
  }

  /**
   * Wipes an artefact; its row stays. Bytes that another artefact has too stay for that one. When the disk fails it may
   * be asked again, also of one that counts as erased.
   */
  async erase(id: string): Promise<void> {
    const row = await this.#turns.take(`id ${id}`, async () => {
      const known = await this.#index.find(id)
      if (known) await this.#index.markErased(id, this.#clock.now())
      return known
    })
    const contents = [row?.sha256, row?.preview_sha256]
    await Promise.all(contents.map((sha256) => sha256 && this.#letGo(sha256)))
  }

  /** Erases what is due, and what could not be removed before. */
  async sweep(): Promise<void> {
    for (;;) {
      const due = await this.#index.due(this.#clock.now(), 200)
      for (const id of due) await this.erase(id)
      if (due.length === 0) break
    }
    for (const sha256 of this.#unremoved) await this.#letGo(sha256)
  }

  /** Removes bytes that nobody uses. */
  #letGo(sha256: string): Promise<void> {
    return this.#turns.take(sha256, async () => {
      this.#unremoved.add(sha256)
      if (!(await this.#index.uses(sha256))) await this.#content.remove(sha256)
      this.#unremoved.delete(sha256)
    })
  }

  /** The row when there is nothing to add to it, nothing when this part is missing. */
  #judge(row: ArtefactRow, outline: ArtefactOutline, part: Part, sha256: string): ArtefactRow | undefined {
    const sameOwner = row.terminal === (outline.terminal ?? null) && row.command === (outline.command ?? null)
    if (!sameOwner) throw new ProblemError('conflict', 'The id belongs to another artefact')
    // What was erased while it was on its way is not brought back.
    if (row.erased_at !== null) return row
    if (!FleetArtefacts.has(row, part)) return undefined
    if ((part === 'original' ? row.sha256 : row.preview_sha256) === sha256) return row
    throw new ProblemError('conflict', 'The artefact has other bytes already')
  }

  async #list(
    known: ArtefactRow | undefined,
    outline: ArtefactOutline,
    part: Part,
    sha256: string,
    bytes: number,
  ): Promise<ArtefactRow> {
    const filled =
      part === 'original'
        ? { sha256, bytes, media_type: outline.mediaType }
        : { preview_sha256: sha256, preview_bytes: bytes }
    if (known) {
      await this.#index.fill(known.id, filled)
      return { ...known, ...filled }
    }
    const now = this.#clock.now()
    const row: ArtefactRow = {
      id: outline.id,
      kind: outline.kind,
      media_type: outline.mediaType,
      bytes: 0,
      sha256: '',
      preview_sha256: null,
      preview_bytes: null,
      created_at: now,
      erase_at: now + retention[outline.kind],
      erased_at: null,
      pages: outline.pages ?? null,
      command: outline.command ?? null,
      terminal: outline.terminal ?? null,
      owner: outline.owner ?? null,
      ...filled,
    }
    await this.#index.insert(row)
    return row
  }
}
