import type { HttpRequest } from 'tus-js-client'
import { door as paths, type UploadMetadata } from '../../protocol/door.ts'
import type { Door } from './https.ts'

/** One file to be sent: its bytes are read in pieces, as the fleet takes them. */
export interface UploadPart {
  readonly metadata: UploadMetadata
  readonly bytes: number
  /** Where the fleet awaits the rest of it, from an earlier try. */
  readonly url?: string
  /** Reads `start` to before `end`. */
  read(start: number, end: number): Promise<Uint8Array>
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

/** What is held in memory of a file while it is sent. */
const pieceBytes = 1024 * 1024
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
export const upload = async (part: UploadPart, door: Door, signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted()
  const { Upload, DefaultHttpStack, DetailedError } = await loadLibrary()
  const endpoint = `${door.origin}${paths.uploads}`
  const known = part.url && isSameOrigin(part.url, door.origin) ? part.url : undefined
  await new Promise<void>((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    const settle = (act: () => void) => {
      clearTimeout(timer)
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
      chunkSize: pieceBytes,
      metadata: { ...part.metadata },
      retryDelays: null,
      storeFingerprintForResuming: false,
      httpStack: new DefaultHttpStack({ agent: door.agent }),
      fileReader: {
        openFile: async () => ({
          size: part.bytes,
          slice: async (start, end) => {
            const read = part.read(start, Math.min(end, part.bytes))
            // What the disk does not give is no fault of the line.
            read.catch(cut)
            const piece = Buffer.from(await read)
            // tus-js-client measures a piece by its `size`, which buffers lack.
            return { value: Object.assign(piece, { size: piece.length }), done: end >= part.bytes }
          },
          close: () => {},
        }),
      },
      onBeforeRequest: (_request: HttpRequest) => headway(),
      onProgress: headway,
      onUploadUrlAvailable: () => {
        if (sending.url) part.begun(sending.url)
      },
      onSuccess: () => settle(resolve),
      onError: (error) => {
        const status = error instanceof DetailedError ? error.originalResponse?.getStatus() : undefined
        settle(() => reject(new UploadFailed(status, { cause: error })))
      },
    })
    signal.addEventListener('abort', abandon, { once: true })
    headway()
    sending.start()
  })
}
