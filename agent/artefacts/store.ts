import { mkdir, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Logger } from 'pino'
import { maxArtefactBytes, UploadMetadata } from '../../protocol/door.ts'
import { CommandError } from '../../protocol/errors.ts'
import { uuidv7 } from '../../protocol/uuid.ts'
import { SealError } from '../../vault/seal-error.ts'
import { openSealed, sealFile } from '../../vault/sealed-file.ts'
import type { KeptArtefacts } from '../commands/outcomes.ts'
import type { Database } from '../database.ts'
import type { Backoff } from '../link/backoff.ts'
import type { Door } from '../link/https.ts'
import type { Uplink } from '../link/uplink.ts'
import { prepareUploads, upload } from '../link/upload.ts'
import { demandRoom } from '../reserve.ts'
import type { Artefacts, NewArtefact } from './artefacts.ts'
import { createAside } from './aside.ts'
import { createDeliveries } from './deliveries.ts'
import { createDocuments } from './documents.ts'
import { createArtefactIndex, type KeptArtefact } from './index-table.ts'

/** What the store needs. */
export interface ArtefactStoreParts {
  /** A folder of its own: `artefacts/` for sealed files and `tmp/` for documents that are being used. */
  readonly folder: string
  readonly key: Uint8Array
  readonly database: Database
  /** What was in the index may be lost: a file that is not in it may have been given out, and is put aside, not wiped. */
  readonly indexLost?: boolean
  readonly door: Door
  /** What files may take of the line; all of it unless told. */
  readonly uplink?: Uplink
  readonly now: () => number
  readonly logger: Logger
  /** A file could not be delivered and is gone, or lies aside; of one that is in no index only its id is known. */
  readonly lost?: (artefact: LostArtefact) => void
  /** The most that may wait for the fleet, in bytes. */
  readonly maxBytes?: number
  /** The room on the disk below which nothing more is kept, in bytes. */
  readonly leastFreeBytes?: number
  readonly backoff?: () => Backoff
}

/** What is known of a file that will not reach the fleet. */
export type LostArtefact = Pick<KeptArtefact, 'id'> & Partial<Pick<KeptArtefact, 'command' | 'kind'>>

/** The terminal's files, with a life of their own. */
export interface ArtefactStore extends Artefacts, KeptArtefacts {
  start(): Promise<void>
  stop(): Promise<void>
  /** The line came back: try at once what waits. */
  retry(): void
}

type Part = 'preview' | 'original'
const rememberedMs = 7 * 24 * 3_600_000
const gibibyte = 1024 ** 3

const mediaTypes: readonly string[] = UploadMetadata.properties.mediaType.enum

const isMediaType = (text: string): text is UploadMetadata['mediaType'] => mediaTypes.includes(text)

/** The store in `folder`; what is in it comes up again with `start`. */
export const createArtefactStore = (parts: ArtefactStoreParts): ArtefactStore => {
  const { folder, key, database, door, now, logger } = parts
  // Room for the largest file beside what the rest of the terminal needs to go on.
  const { maxBytes = 4 * gibibyte, leastFreeBytes = maxArtefactBytes } = parts
  const index = createArtefactIndex(database, now)
  const sealedFolder = join(folder, 'artefacts')
  const aside = createAside(folder, now)
  const documents = createDocuments(join(folder, 'tmp'), door)
  const pathOf = (id: string, part: Part) => join(sealedFolder, `${id}.${part}.sealed`)
  const stopped = new AbortController()
  let changed = Promise.withResolvers<void>()
  let work: Promise<void> | undefined

  const wipe = (id: string, part: Part) => rm(pathOf(id, part), { force: true })
  const move = (id: string, phase: KeptArtefact['phase']) => {
    index.move(id, phase)
    changed.resolve()
    changed = Promise.withResolvers()
  }
  const send = async (
    { id, kind, mediaType, command, ...of }: KeptArtefact,
    part: Part,
    signal: AbortSignal,
  ) => {
    const sent = of[part]
    if (!sent) return
    const { bytes, sha256, url } = sent
    const type = part === 'preview' ? 'image/jpeg' : mediaType
    await upload(
      {
        metadata: { artefact: id, part, kind, mediaType: type, command, sha256 },
        bytes,
        ...(url === undefined ? {} : { url }),
        read: (start) => openSealed(pathOf(id, part), key, { start }),
        begun: (at) => index.awaited(id, part, at),
      },
      door,
      signal,
      parts.uplink,
    )
  }
  const over = async (artefact: KeptArtefact, part: Part, lost: boolean) => {
    const { id } = artefact
    if (part === 'preview') {
      move(id, 'original')
    } else {
      // The mark before the wiping: a file that is gone without it would count as lost after a power cut.
      move(id, lost ? 'lost' : 'delivered')
      if (lost) parts.lost?.({ id, command: artefact.command, kind: artefact.kind })
    }
    await wipe(id, part)
  }
  const deliveries = createDeliveries({
    index,
    send,
    over,
    logger,
    ...(parts.backoff ? { backoff: parts.backoff } : {}),
  })

  const seal = async (source: NewArtefact['bytes'], path: string, flush: boolean) => {
    try {
      return await sealFile(source, path, key, { flush, maxBytes: maxArtefactBytes })
    } catch (thrown) {
      if (thrown instanceof SealError && thrown.cause instanceof CommandError) throw thrown.cause
      throw new CommandError('internal', 'A file could not be kept on the terminal', { cause: thrown })
    }
  }

  const putAside = async (name: string, id: string) => {
    await aside.put(join(sealedFolder, name))
    if (name === basename(pathOf(id, 'original'))) parts.lost?.({ id })
  }

  return {
    async start() {
      await Promise.all([
        mkdir(sealedFolder, { recursive: true, mode: 0o700 }),
        documents.start(),
        aside.forget(),
      ])
      index.forget(now() - rememberedMs)
      const due = new Set([...index.inPhase('preview'), ...index.inPhase('original')].map(({ id }) => id))
      for (const name of await readdir(sealedFolder)) {
        const id = name.slice(0, name.indexOf('.'))
        const isWhole = name.endsWith('.sealed')
        if (isWhole && due.has(id)) continue
        if (isWhole && parts.indexLost) await putAside(name, id)
        else await rm(join(sealedFolder, name), { force: true })
      }
      work = deliveries.run(stopped.signal)
    },
    async stop() {
      stopped.abort(new Error('The agent stops'))
      await work
    },
    retry: () => deliveries.retry(),
    expect: prepareUploads,
    async keep({ kind, mediaType, command, bytes, preview, page }) {
      if (!isMediaType(mediaType)) throw new CommandError('internal', `No artefact may be ${mediaType}`)
      if (index.bytes() > maxBytes) {
        throw new CommandError('refused', 'Too many files wait on the terminal to be sent', {
          retryable: true,
        })
      }
      await demandRoom(folder, leastFreeBytes)
      const id = uuidv7()
      const [original, small] = await Promise.all([
        seal(bytes, pathOf(id, 'original'), true),
        // A power cut may take it: then the original goes without it.
        preview && seal(preview, pathOf(id, 'preview'), false),
      ])
      const phase = small ? 'preview' : 'original'
      index.add({ id, command, kind, mediaType, phase, original, ...(small ? { preview: small } : {}) }, page)
      deliveries.wake()
      return id
    },
    keptBy: (command) => index.keptBy(command),
    pagesOf: (command) => index.pagesOf(command),
    async delivered(ids, signal) {
      for (;;) {
        signal.throwIfAborted()
        const phases = ids.map((id) => index.get(id)?.phase ?? 'delivered')
        if (phases.includes('lost')) throw new CommandError('internal', 'A file of the command was lost')
        if (phases.every((phase) => phase === 'delivered')) return
        const aborted = Promise.withResolvers<void>()
        const abandon = () => aborted.resolve()
        signal.addEventListener('abort', abandon)
        await Promise.race([changed.promise, aborted.promise])
        signal.removeEventListener('abort', abandon)
      }
    },
    fetch: (id, signal) => documents.fetch(id, signal),
  }
}
