import { parentPort, workerData } from 'node:worker_threads'
import { type FrameParameters, SaneDevice } from './device.ts'
import { loadLibrary, type Pointer } from './library.ts'
import { failureOf, SaneError, type SaneFailure, type SaneStatus } from './status.ts'

// The thread that starts and reads the frames of a session. It does nothing else: a scanner that is not read from at
// once stands still. The bytes go through a ring in memory that it shares with the main thread.

/** What the thread is given. */
export interface FrameThreadData {
  readonly libraryPath: string | undefined
  readonly ring: SharedArrayBuffer
  /** One number: how many bytes of the ring are free. */
  readonly free: SharedArrayBuffer
}

/** What it is told: which device it is, when it was opened; then to start a frame. */
export type ToFrameThread = { readonly device: Pointer } | { readonly start: true }

/** What it tells of a frame: that it began, or why not; that bytes came; how it ended. */
export type FromFrameThread =
  | { readonly began: FrameParameters }
  | { readonly failure: SaneFailure; readonly text: string }
  | { readonly more: true }
  | { readonly ended: SaneStatus }

const given: FrameThreadData = workerData
const ring = new Uint8Array(given.ring)
const free = new Int32Array(given.free)
const pause = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
const laterMs = 5
let at = 0
let device: SaneDevice | undefined

const tell = (message: FromFrameThread): void => parentPort?.postMessage(message)

/** Reads into the ring until there are bytes or a status that ends the frame: GOOD with no byte means «later». */
const readSome = (from: SaneDevice): SaneStatus => {
  for (;;) {
    // INVARIANT: what is not with the parent yet is not overwritten: a parent that reads slowly slows the scanner.
    Atomics.wait(free, 0, 0)
    const { status, length } = from.read(ring.subarray(at, at + Atomics.load(free, 0)))
    at = (at + length) % ring.length
    Atomics.sub(free, 0, length)
    if (status !== 'GOOD' || length > 0) return status
    Atomics.wait(pause, 0, 0, laterMs)
  }
}

const readFrame = (from: SaneDevice): void => {
  from.start()
  const began = from.parameters()
  let status = readSome(from)
  if (status !== 'GOOD' && status !== 'EOF') throw new SaneError(status, `sane_read: ${status}`)
  tell({ began })
  while (status === 'GOOD') {
    status = readSome(from)
    tell({ more: true })
  }
  tell({ ended: status })
}

parentPort?.on('message', (told: ToFrameThread) => {
  try {
    if ('device' in told) device = new SaneDevice(loadLibrary(given.libraryPath), told.device)
    else if (device !== undefined) readFrame(device)
  } catch (thrown) {
    tell(failureOf(thrown))
  }
})
