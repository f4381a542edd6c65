import { Worker } from 'node:worker_threads'
import type { FrameEnd } from './calls.ts'
import type { FrameParameters } from './device.ts'
import type { FrameThreadData, FromFrameThread, ToFrameThread } from './frame-thread.ts'
import type { Pointer } from './library.ts'
import { SaneError } from './status.ts'

/** Frames of one device after the other, read by a thread of their own. */
export interface Frames {
  /** The device is open. */
  use(device: Pointer): void
  /**
   * Starts a frame and waits for its first bytes. Each byte goes to `write`; `over` resolves when it took the last
   * one. Throws what the device answers. The frame before must be over.
   */
  start(): Promise<{ readonly parameters: FrameParameters; readonly over: Promise<FrameEnd> }>
}

/** What the scanner may give while the parent does something else. */
const ringBytes = 512 * 1024

/** Starts the thread, which runs this process's program too. */
export const startFrames = (
  libraryPath: string | undefined,
  write: (bytes: Uint8Array) => Promise<void>,
): Frames => {
  const ring = new Uint8Array(new SharedArrayBuffer(ringBytes))
  const free = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(ringBytes)
  const workerData: FrameThreadData = { libraryPath, ring: ring.buffer, free: free.buffer }
  const thread = new Worker(process.argv[1] ?? '', { workerData })
  let began = Promise.withResolvers<FrameParameters>()
  let over = Promise.withResolvers<FrameEnd>()
  let at = 0
  let bytes = 0
  let writing = Promise.resolve()
  const empty = async (): Promise<void> => {
    for (;;) {
      const piece = ring.subarray(at, at + ringBytes - Atomics.load(free, 0))
      if (piece.length === 0) return
      await write(piece)
      bytes += piece.length
      at = (at + piece.length) % ringBytes
      Atomics.add(free, 0, piece.length)
      Atomics.notify(free, 0)
    }
  }
  thread.on('message', (told: FromFrameThread) => {
    if ('failure' in told) return began.reject(new SaneError(told.failure, told.text))
    if ('began' in told) began.resolve(told.began)
    writing = writing.then(empty)
    if ('ended' in told) void writing.then(() => over.resolve({ bytes, status: told.ended }))
  })
  const tell = (message: ToFrameThread): void => thread.postMessage(message)
  return {
    use: (device) => tell({ device }),
    start: async () => {
      began = Promise.withResolvers()
      over = Promise.withResolvers()
      bytes = 0
      tell({ start: true })
      return { parameters: await began.promise, over: over.promise }
    },
  }
}
