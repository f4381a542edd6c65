import type { Readable } from 'node:stream'
import type { HttpRequest } from 'tus-js-client'
import { door as paths, type UploadMetadata } from '../../protocol/door.ts'
import type { Door } from './https.ts'
import { freeUplink, type Uplink } from './uplink.ts'

/** One file to be sent: its bytes are read as the fleet takes them. */
export interface UploadPart {
  readonly metadata: UploadMetadata
  readonly bytes: number
  /** Where the fleet awaits the rest of it, from an earlier try. */
  readonly url?: string
  /** The bytes from `start` on. */
  read(start: number): Readable
  /** The fleet awaits it at this URL from now on. */
  begun(url: string): void
}

/** The fleet did not take a file; `status` is its HTTP answer, where it gave one. */
export class UploadFailed extends Error {
  override readonly name = 'UploadFailed'
  readonly status: number | undefined
  constructor(status: number | undefined, options: { cause?: unknown } = {}) {
    super(status === undefined ? 'The upload was cut' : `The fleet answered ${status} to an upload`, options)
    this.status = status
  }
}

/** An upload that makes no headway for so long is cut. */
const stillMs = 60_000

const isSameOrigin = (url: string, origin: string) => URL.canParse(url) && new URL(url).origin === origin

/** The library comes only when the first file is near, because an idle terminal needs none of it. */
const loadLibrary = () => import('tus-js-client')

/** Loads what uploads need, for a file that will soon be there. */
export const prepareUploads = (): void => {
  // A failure shows again in the upload.
  loadLibrary().catch(() => undefined)
}

/**
 * Tries once to send a file by the tus protocol (1.0), from where an earlier try ended. Throws `UploadFailed`, the
 * signal's reason, or what `read` threw.
 */
export const upload = async (
  part: UploadPart,
  door: Door,
  signal: AbortSignal,
  uplink: Uplink = freeUplink,
): Promise<void> => {
  signal.throwIfAborted()
  const { Upload, DefaultHttpStack, DetailedError } = await loadLibrary()
  const endpoint = `${door.origin}${paths.uploads}`
  const { artefact, part: name } = part.metadata
  const known = part.url && isSameOrigin(part.url, door.origin) ? part.url : undefined
  await new Promise<void>((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    let reading: Readable | undefined
    const settle = (act: () => void) => {
      clearTimeout(timer)
      reading?.destroy()
      signal.removeEventListener('abort', abandon)
      act()
    }
    const cut = (reason: unknown) => {
      void sending.abort().catch(() => {})
      settle(() => reject(reason))
    }
    const abandon = () => cut(signal.reason)
    const headway = () => {
      clearTimeout(timer)
      timer = setTimeout(() => cut(new UploadFailed(undefined)), stillMs)
    }
    // tus-js-client takes any value here: the reader below is the only one that looks at it.
    const sending = new Upload(Buffer.alloc(0), {
      endpoint,
      ...(known ? { uploadUrl: known } : {}),
      uploadSize: part.bytes,
      // One request for a small file: each costs the way there and back.
      uploadDataDuringCreation: true,
      metadata: { ...part.metadata },
      retryDelays: null,
      storeFingerprintForResuming: false,
      httpStack: new DefaultHttpStack({ agent: door.agent }),
      fileReader: {
        openFile: async () => ({
          size: part.bytes,
          slice: async (start) => {
            reading = uplink.limited(part.read(start), signal)
            // What the disk does not give is no fault of the line.
            reading.once('error', cut)
            // tus-js-client measures what it sends by its `size`, which streams lack.
            return { value: Object.assign(reading, { size: part.bytes - start }), done: true }
          },
          close: () => {},
        }),
      },
      onBeforeRequest: (_request: HttpRequest) => headway(),
      onProgress: headway,
      onSuccess: () => settle(resolve),
      onError: (error) => {
        const status = error instanceof DetailedError ? error.originalResponse?.getStatus() : undefined
        settle(() => reject(new UploadFailed(status, { cause: error })))
      },
    })
    signal.addEventListener('abort', abandon, { once: true })
    headway()
    // Before the first byte: what the fleet has when the line is cut is not sent again.
    if (known === undefined) part.begun(`${door.origin}${paths.upload(artefact, name)}`)
    sending.start()
  })
}
