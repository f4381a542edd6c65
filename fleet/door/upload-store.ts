import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { pipeline, type Readable } from 'node:stream'
import { FileStore } from '@tus/file-store'
import type { Upload } from '@tus/server'

const blockBytes = 16

/** AES counter mode (NIST SP 800-38A) can begin at any block: the counter is the number of the block. */
const counter = (offset: number): Buffer => {
  const bytes = Buffer.alloc(blockBytes)
  bytes.writeBigUInt64BE(BigInt(Math.floor(offset / blockBytes)), 8)
  return bytes
}

/**
 * Unfinished uploads on disk, never in the clear. They grow at the end and are read once, when they are whole and
 * their SHA-256 is checked; so they are enciphered without a tag of their own. INVARIANT: each upload that is created
 * has a salt of its own in its metadata, so no key stream is used for two files.
 */
export class UploadStore extends FileStore {
  readonly #key: Uint8Array

  constructor(directory: string, key: Uint8Array) {
    super({ directory })
    this.#key = key
    this.extensions = ['creation', 'creation-with-upload']
  }

  async start(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 })
  }

  override async create(upload: Upload): Promise<Upload> {
    upload.metadata = { ...upload.metadata, salt: randomBytes(32).toString('hex') }
    return super.create(upload)
  }

  override async write(readable: Readable, id: string, offset: number): Promise<number> {
    const cipher = createCipheriv('aes-256-ctr', await this.#keyOf(id), counter(offset))
    cipher.update(Buffer.alloc(offset % blockBytes))
    return super.write(pipeline(readable, cipher, () => {}) as unknown as Readable, id, offset)
  }

  /** The plain bytes of an upload. */
  async open(id: string): Promise<Readable> {
    const upload = await this.getUpload(id)
    const decipher = createDecipheriv('aes-256-ctr', await this.#keyOf(id), counter(0))
    return pipeline(createReadStream(upload.storage?.path ?? ''), decipher, () => {})
  }

  /** Ids of the uploads on disk. */
  async ids(): Promise<string[]> {
    return (await this.configstore.list?.()) ?? []
  }

  async #keyOf(id: string): Promise<Uint8Array> {
    const { metadata } = await this.getUpload(id)
    return new Uint8Array(hkdfSync('sha256', this.#key, metadata?.salt ?? '', `avyl upload ${id}`, 32))
  }
}
