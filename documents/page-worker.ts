import { spawn } from 'node:child_process'
import { setPriority } from 'node:os'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { DocumentError } from './document-error.ts'
import { readFrames, writeFrame } from './frames.ts'
import type { FinishedPage, PageJob } from './page.ts'
import type { RawFormat } from './raw-page.ts'
import type { FromWorker, ToWorker } from './worker-messages.ts'

/** One band of the small picture of a page that is still coming. */
export interface PageBand {
  readonly top: number
  readonly width: number
  readonly height: number
  readonly pageHeight?: number
  readonly jpeg: Uint8Array
}

/** How a worker is started. */
export interface PageWorkOptions extends PageJob {
  /** The program; `worker.ts` of this folder, or what became of it in a bundle. */
  readonly entry?: URL
  /** Folder of V8's compile cache, which shortens the start; it must belong to this user alone. */
  readonly compileCacheDir?: string
  /** Aborting ends the worker at once. */
  readonly signal: AbortSignal
}

/** A worker for the pages of one job; it is to be stopped in any case. */
export interface PageWork {
  /**
   * Streams one page to the worker, as fast as it takes it; resolves when the last row is with it. The finished page
   * follows while the next one may already be fed. Rejects with what the rows threw, with the signal's reason, or
   * with a DocumentError (`worker-lost`, `page-too-large`, `damaged` when rows are missing).
   */
  feed(
    format: RawFormat,
    rows: AsyncIterable<Uint8Array>,
    show: (band: PageBand) => void,
  ): Promise<{ readonly finished: Promise<FinishedPage> }>
  /** The most memory that the worker has had so far, in KiB; known after the first page. */
  peakKiB(): number
  /** Ends the worker; resolves when it is gone. */
  stop(): Promise<void>
}

interface Expected {
  readonly page: number
  readonly show: (band: PageBand) => void
  /** What has come of its file. */
  readonly parts: Buffer[]
  readonly resolve: (page: FinishedPage) => void
  readonly reject: (error: unknown) => void
}

const patienceMs = 1000

/** The most bytes of what is answered and not yet taken: an uncompressed page and more. */
const mostBytes = 300 * 1024 * 1024

/** Starts a page worker, which takes about as long as a scanner needs to begin. */
export const startPageWork = (options: PageWorkOptions): PageWork => {
  const { entry = new URL('./worker.ts', import.meta.url), compileCacheDir, signal, ...job } = options
  signal.throwIfAborted()
  const child = spawn(process.execPath, [fileURLToPath(entry)], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // Each arena of glibc would keep pages of its own that are long done.
    env: {
      ...process.env,
      MALLOC_ARENA_MAX: '2',
      ...(compileCacheDir !== undefined && { NODE_COMPILE_CACHE: compileCacheDir }),
    },
  })
  yieldToScanner(child.pid)
  const socket = child.stdio[3] as Duplex
  const expected: Expected[] = []
  let pages = 0
  let peak = 0
  let lost: unknown
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-2000)
  })
  const lose = (cause: unknown) => {
    lost ??= signal.aborted ? signal.reason : cause
    for (const page of expected.splice(0)) page.reject(lost)
  }
  const kill = () => {
    lose(signal.reason)
    child.kill('SIGKILL')
  }
  const gone = new Promise<void>((resolve) => {
    child.once('error', (cause) => {
      lose(new DocumentError('worker-lost', 'The page worker cannot be started', { cause }))
      resolve()
    })
    child.once('close', () => {
      const cause = errors === '' ? undefined : new Error(errors)
      lose(new DocumentError('worker-lost', 'The page worker is gone', { cause }))
      signal.removeEventListener('abort', kill)
      resolve()
    })
  })
  signal.addEventListener('abort', kill)
  socket.on('error', () => undefined)
  receive(socket, expected, (kib) => {
    peak = kib
  }).catch((thrown) => {
    const isTold = thrown instanceof DocumentError
    lose(isTold ? thrown : new DocumentError('worker-lost', 'The page worker broke off', { cause: thrown }))
  })
  const send = async (frame: Parameters<typeof writeFrame>[1]) => {
    if (lost !== undefined) throw lost
    await writeFrame(socket, frame).catch(async (cause) => {
      await gone
      throw lost ?? cause
    })
  }
  const tell = (message: ToWorker) => send({ message })
  // A failure shows again in the first page.
  tell({ type: 'job', job }).catch(() => undefined)

  return {
    feed: async (format, rows, show) => {
      await tell({ type: 'page', format })
      const finished = new Promise<FinishedPage>((resolve, reject) => {
        expected.push({ page: pages++, show, parts: [], resolve, reject })
      })
      finished.catch(() => undefined)
      for await (const bytes of rows) await send({ bytes })
      await tell({ type: 'end' })
      return { finished }
    },
    peakKiB: () => peak,
    stop: async () => {
      // The worker ends with its socket; a worker that hangs does not.
      socket.destroy()
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
      await gone
      clearTimeout(timer)
    },
  }
}

/** Work on pictures can wait: a scanner that is not read from at once stands still. */
const yieldToScanner = (pid: number | undefined): void => {
  if (pid === undefined) return
  try {
    setPriority(pid, 5)
  } catch {
    // It is gone already, or the machine allows it to nobody.
  }
}

/** Gives what comes from the worker to the pages that wait for it, in their order. */
const receive = async (
  socket: Duplex,
  expected: Expected[],
  sawPeak: (kib: number) => void,
): Promise<void> => {
  let about: FromWorker | undefined
  let blocks: Buffer[] = []
  let filled = 0
  for await (const frame of readFrames(socket)) {
    if ('message' in frame) {
      about = frame.message as FromWorker
      if (about.type === 'failed') throw new DocumentError(about.kind, about.text)
      const sizes = about.type === 'page' ? [about.bytes, about.preview] : [about.bytes]
      if (lengthOf(expected) + sizes.reduce((sum, size) => sum + size, 0) > mostBytes)
        throw new RangeError('A page is too large')
      blocks = sizes.map((size) => Buffer.allocUnsafe(size))
      filled = 0
      continue
    }
    if (about === undefined || about.type === 'failed') continue
    filled += fill(blocks, filled, frame.bytes)
    const [first, second] = blocks
    if (first === undefined || filled < first.length + (second?.length ?? 0)) continue
    if (about.type === 'band') {
      const { type: _, bytes: __, page, ...band } = about
      expected.find((waiting) => waiting.page === page)?.show({ ...band, jpeg: first })
    } else if (about.type === 'part') {
      const { page } = about
      expected.find((waiting) => waiting.page === page)?.parts.push(first)
    } else if (second !== undefined) {
      const { type: _, peakKiB, ...page } = about
      sawPeak(peakKiB)
      const done = expected.shift()
      done?.resolve({ ...page, bytes: Buffer.concat([...done.parts, first]), preview: second })
    }
    about = undefined
  }
}

/** How much of unfinished pages is held, in bytes. */
const lengthOf = (expected: readonly Expected[]): number =>
  expected.flatMap(({ parts }) => parts).reduce((sum, { length }) => sum + length, 0)

/** Lays bytes into the blocks one after the other, from a place on. */
const fill = (blocks: readonly Buffer[], from: number, bytes: Uint8Array): number => {
  let [start, taken] = [0, 0]
  for (const block of blocks) {
    const at = from + taken - start
    if (at >= 0 && at < block.length) {
      const part = bytes.subarray(taken, taken + block.length - at)
      block.set(part, at)
      taken += part.length
    }
    start += block.length
  }
  return taken
}
