import type { IncomingMessage, ServerResponse } from 'node:http'
import { Metadata, Server, type Upload } from '@tus/server'
import type { Logger } from 'pino'
import { maxArtefactBytes, door as paths, UploadMetadata } from '../../protocol/door.ts'
import { uuidPattern } from '../../protocol/envelope.ts'
import { fits } from '../../protocol/fits.ts'
import { FleetArtefacts, type Part } from '../artefacts/artefacts.ts'
import type { Clock } from '../clock.ts'
import { ProblemError } from '../problem.ts'
import { DoorRefusal } from './answer.ts'
import { UploadStore } from './upload-store.ts'

/** Whether a command was given to this terminal. */
export type CommandOwner = (device: string, command: string) => boolean | Promise<boolean>

/** What uploads stand on; `key` enciphers them while they are unfinished. */
export interface UploadParts {
  readonly folder: string
  readonly key: Uint8Array
  readonly artefacts: FleetArtefacts
  readonly owns: CommandOwner
  readonly clock: Clock
  readonly log: Logger
}

/** What one terminal may have begun and not finished. */
const mostOpen = { uploads: 64, bytes: 1024 * 1024 * 1024 }
const abandonedMs = 3 * 24 * 60 * 60 * 1000
const sweepMs = 60 * 60 * 1000

const idPattern = new RegExp(`^${paths.uploads}/((${uuidPattern.slice(1, -1)})-(preview|original))$`)

/** tus calls it a checksum mismatch. */
const mismatch = 460

const refusalOf = (thrown: unknown): DoorRefusal | undefined => {
  if (!(thrown instanceof ProblemError)) return undefined
  const status = { invalid: mismatch, conflict: 409, 'too-large': 413 }[thrown.code as string]
  return status === undefined ? undefined : new DoorRefusal(status, thrown.message, { cause: thrown })
}

/**
 * Takes uploads by the tus protocol (1.0; creation, also with bytes, HEAD, PATCH). An upload is named after its artefact and part, so
 * that a terminal which lost everything finds it again.
 * INVARIANT: whoever is told that an upload is whole can rely on its artefact being stored, sealed and listed.
 */
export class Uploads {
  readonly #parts: UploadParts
  readonly #store: UploadStore
  readonly #tus: Server
  readonly #open = new Map<string, { readonly device: string; readonly bytes: number }>()
  readonly #finishing = new Map<string, Promise<void>>()
  readonly #devices = new WeakMap<IncomingMessage, string>()
  #stopSweep: (() => void) | undefined

  constructor(parts: UploadParts) {
    this.#parts = parts
    this.#store = new UploadStore(parts.folder, parts.key)
    this.#tus = new Server({
      path: paths.uploads,
      datastore: this.#store,
      maxSize: maxArtefactBytes,
      relativeLocation: true,
      allowedOrigins: [],
      namingFunction: (_request, metadata) => `${metadata?.artefact}-${metadata?.part}`,
      onUploadCreate: async (request, upload) => {
        const node = request.runtime?.node?.req as IncomingMessage | undefined
        const device = node && this.#devices.get(node)
        if (device === undefined) throw new Error('An upload of nobody')
        this.#open.set(upload.id, { device, bytes: upload.size ?? 0 })
        return { metadata: { ...upload.metadata, device } }
      },
      onUploadFinish: async (_request, upload) => {
        await this.#finish(upload.id).catch((thrown: unknown) => {
          if (!(thrown instanceof DoorRefusal)) throw thrown
          throw { status_code: thrown.status, body: thrown.message }
        })
        return {}
      },
      onResponseError: (_request, error) => {
        if ('status_code' in error) return undefined
        parts.log.error({ err: error }, 'an upload failed')
        return { status_code: 500, body: 'The upload failed' }
      },
    })
  }

  /** Stores what was whole when the process ended, and gives up what was abandoned. */
  async start(): Promise<void> {
    await this.#store.start()
    for (const id of await this.#store.ids()) {
      const upload = await this.#find(id)
      if (!upload) continue
      this.#open.set(id, { device: upload.metadata?.device ?? '', bytes: upload.size ?? 0 })
      if (upload.offset === upload.size) await this.#finish(id).catch(this.#complain(id))
    }
    await this.#sweep()
    this.#stopSweep = this.#parts.clock.every(
      sweepMs,
      () => void this.#sweep().catch(this.#complain('sweep')),
    )
  }

  async stop(): Promise<void> {
    this.#stopSweep?.()
    await Promise.allSettled(this.#finishing.values())
  }

  /** Answers one request below `/uploads`. Throws `DoorRefusal`. */
  async handle(device: string, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#devices.set(request, device)
    const [, id, artefact, part] = idPattern.exec(url.pathname) ?? []
    if (request.method === 'POST' && url.pathname === paths.uploads)
      return this.#create(device, request, response)
    if (id === undefined || artefact === undefined) throw new DoorRefusal(404, 'There is no such upload')
    if (request.method !== 'HEAD' && request.method !== 'PATCH')
      throw new DoorRefusal(405, 'Not a tus request')
    const upload = await this.#find(id)
    if (upload && upload.metadata?.device !== device) throw new DoorRefusal(404, 'There is no such upload')
    if (upload && upload.offset === upload.size) await this.#finish(id)
    const stored = await this.#stored(device, artefact, part as Part)
    if (stored === undefined) return this.#tus.handle(request, response)
    // It was stored, perhaps before the terminal heard of it: tell it again.
    request.resume()
    response.writeHead(request.method === 'HEAD' ? 200 : 204, {
      'tus-resumable': '1.0.0',
      'cache-control': 'no-store',
      'upload-offset': stored.bytes,
      'upload-length': stored.bytes,
    })
    response.end()
  }

  async #create(device: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const metadata = readMetadata(request)
    const length = Number(request.headers['upload-length'])
    if (!Number.isSafeInteger(length) || length < 1) throw new DoorRefusal(400, 'The length must be known')
    if (length > maxArtefactBytes) throw new DoorRefusal(413, 'The file is too large')
    if (!(await this.#parts.owns(device, metadata.command))) {
      throw new DoorRefusal(403, 'The command is not one of this terminal')
    }
    const id = `${metadata.artefact}-${metadata.part}`
    const begun = await this.#find(id)
    if (begun && begun.metadata?.device !== device)
      throw new DoorRefusal(403, 'The artefact is not of this terminal')
    const stored = await this.#stored(device, metadata.artefact, metadata.part)
    if (stored) {
      if (stored.sha256 !== metadata.sha256)
        throw new DoorRefusal(409, 'The artefact has other bytes already')
      request.resume()
      response.writeHead(201, {
        'tus-resumable': '1.0.0',
        location: paths.upload(metadata.artefact, metadata.part),
        'upload-offset': stored.bytes,
      })
      response.end()
      return
    }
    this.#bound(device, id, length)
    await this.#tus.handle(request, response)
  }

  /** The part as it is stored; `undefined` while it is not. Throws when the artefact is another terminal's. */
  async #stored(
    device: string,
    artefact: string,
    part: Part,
  ): Promise<{ readonly bytes: number; readonly sha256: string } | undefined> {
    const row = await this.#parts.artefacts.find(artefact)
    if (!row) return undefined
    if (row.terminal !== device) throw new DoorRefusal(403, 'The artefact is not of this terminal')
    if (row.erased_at !== null || !FleetArtefacts.has(row, part)) return undefined
    return part === 'original'
      ? { bytes: row.bytes, sha256: row.sha256 }
      : { bytes: row.preview_bytes ?? 0, sha256: row.preview_sha256 ?? '' }
  }

  #bound(device: string, id: string, length: number): void {
    const others = [...this.#open].filter(([other, open]) => other !== id && open.device === device)
    const bytes = others.reduce((sum, [, open]) => sum + open.bytes, length)
    if (others.length >= mostOpen.uploads || bytes > mostOpen.bytes) {
      throw new DoorRefusal(429, 'Too many uploads were begun')
    }
  }

  async #find(id: string): Promise<Upload | undefined> {
    return this.#store.getUpload(id).catch(() => undefined)
  }

  #finish(id: string): Promise<void> {
    const running = this.#finishing.get(id)
    if (running) return running
    const finishing = this.#storeWhole(id).finally(() => this.#finishing.delete(id))
    this.#finishing.set(id, finishing)
    return finishing
  }

  /** Once its bytes are sealed, or can never be, the upload is removed. */
  async #storeWhole(id: string): Promise<void> {
    const upload = await this.#find(id)
    if (!upload) return
    const { device = null, salt: _, ...given } = upload.metadata ?? {}
    const metadata = fits(UploadMetadata, given) ? given : undefined
    try {
      if (!metadata || device === null) throw new DoorRefusal(400, 'The upload has lost its metadata')
      const { artefact, part, kind, mediaType, command, sha256 } = metadata
      const source = await this.#store.open(id)
      await this.#parts.artefacts.receive({
        ...{ id: artefact, part, kind, mediaType, command, sha256 },
        terminal: device,
        source,
      })
    } catch (thrown) {
      const refusal = thrown instanceof DoorRefusal ? thrown : refusalOf(thrown)
      if (!refusal) throw thrown
      await this.#remove(id)
      throw refusal
    }
    await this.#remove(id)
  }

  async #remove(id: string): Promise<void> {
    this.#open.delete(id)
    await this.#store.remove(id).catch(() => {})
  }

  async #sweep(): Promise<void> {
    const oldest = this.#parts.clock.now() - abandonedMs
    for (const id of await this.#store.ids()) {
      const begun = Date.parse((await this.#find(id))?.creation_date ?? '')
      if (begun < oldest) await this.#remove(id)
    }
  }

  #complain(id: string): (error: unknown) => void {
    return (error) => this.#parts.log.error({ upload: id, err: error }, 'an upload could not be finished')
  }
}

const readMetadata = (request: IncomingMessage): UploadMetadata => {
  const header = request.headers['upload-metadata']
  try {
    const given: unknown = Metadata.parse(typeof header === 'string' ? header : undefined)
    if (fits(UploadMetadata, given)) return given
  } catch (cause) {
    throw new DoorRefusal(400, 'The metadata cannot be read', { cause })
  }
  throw new DoorRefusal(400, 'The metadata is not that of an artefact')
}
