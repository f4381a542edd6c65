import { createHmac, randomUUID } from 'node:crypto'
import { access, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { flushFolder, openSealed, type Sealed, sealFile } from '../../vault/sealed-file.ts'

/** Sealed bytes that have no name yet. */
export interface Incoming extends Sealed {
  readonly path: string
}

/**
 * Sealed files by what they hold: the same bytes are kept once. A file's name is a keyed hash of its content, so that
 * the names on a stolen disk do not tell which known documents are there.
 */
export class Content {
  readonly #folder: string
  readonly #incoming: string
  readonly #key: Uint8Array

  constructor(folder: string, key: Uint8Array) {
    this.#folder = join(folder, 'files')
    this.#incoming = join(folder, 'incoming')
    this.#key = key
  }

  /** Makes the folders, and wipes what was being brought when the process ended. */
  async start(): Promise<void> {
    await rm(this.#incoming, { recursive: true, force: true })
    await mkdir(this.#incoming, { recursive: true, mode: 0o700 })
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
  }

  /** Seals bytes beside the others; `settle` or `discard` must follow. Throws `SealError`. */
  async bring(source: Readable | Uint8Array, maxBytes: number): Promise<Incoming> {
    const path = join(this.#incoming, randomUUID())
    return { path, ...(await sealFile(source, path, this.#key, { flush: 'content', maxBytes })) }
  }

  /** Gives the bytes their name; they survive a power cut once this resolves. */
  async settle(incoming: Incoming): Promise<void> {
    const path = this.#pathOf(incoming.sha256)
    if (await exists(path)) return this.discard(incoming)
    if (await mkdir(dirname(path), { recursive: true, mode: 0o700 })) await flushFolder(this.#folder)
    await rename(incoming.path, path)
    await flushFolder(dirname(path))
  }

  async discard(incoming: Incoming): Promise<void> {
    await rm(incoming.path, { force: true })
  }

  /** The plain bytes; the stream fails with a `SealError`. `end` is inclusive. */
  read(sha256: string, range: { readonly start?: number; readonly end?: number } = {}): Readable {
    return openSealed(this.#pathOf(sha256), this.#key, range)
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.#pathOf(sha256), { force: true })
  }

  /** Removes every file but these; gives how many. */
  async keepOnly(hashes: Iterable<string>): Promise<number> {
    const kept = new Set(Array.from(hashes, (sha256) => basename(this.#pathOf(sha256))))
    const files = await readdir(this.#folder, { recursive: true, withFileTypes: true })
    const orphans = files.filter((file) => file.isFile() && !kept.has(file.name))
    for (const orphan of orphans) await rm(join(orphan.parentPath, orphan.name), { force: true })
    return orphans.length
  }

  #pathOf(sha256: string): string {
    const name = createHmac('sha256', this.#key).update(`content ${sha256}`).digest('hex')
    return join(this.#folder, name.slice(0, 2), name)
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
