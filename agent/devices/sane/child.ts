import { write } from 'node:fs'
import type { Calls, Reply, Request } from './calls.ts'
import { initialise, listDevices, openDevice, type SaneDevice } from './device.ts'
import { koffi } from './koffi.ts'
import { loadLibrary, type SaneLibrary } from './library.ts'
import { SaneError, type SaneStatus } from './status.ts'

// The process of one scan session. It is driven by messages, gives pixels on file descriptor 3, and is the only one
// that loads libsane: whatever a driver does to its process, it does here.

const pixels = 3
const bufferBytes = 256 * 1024
const prctlOption = { parentDeathSignal: 1, dumpable: 4 } as const

let library: SaneLibrary | undefined
let device: SaneDevice | undefined
let active: Promise<unknown> = Promise.resolve()
let ending = false

const send = (reply: Reply): void => {
  if (process.connected) process.send?.(reply)
}

/**
 * INVARIANT: this process ends with its parent even when a driver holds it in a native call, so the kernel sends the
 * signal. A core dump would lay the scanned page on the disk, so there is none.
 */
const bindToParent = (parent: number): void => {
  const prctl = koffi.load(null).func('int prctl(int option, unsigned long value, ...)')
  prctl(prctlOption.parentDeathSignal, 9)
  prctl(prctlOption.dumpable, 0)
  // The parent may have ended before the kernel knew of the wish.
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL')
}

const theLibrary = (): SaneLibrary => {
  if (library === undefined) {
    library = loadLibrary(process.argv[3])
    initialise(library)
  }
  return library
}

const theDevice = (): SaneDevice => {
  if (device === undefined) throw new SaneError('INVAL', 'No device is open')
  return device
}

const writeAll = (bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    // The descriptor blocks, on a thread of the pool: a parent that reads slowly slows the scanner.
    write(pixels, bytes, (error, written) => {
      if (error) reject(error)
      else if (written === bytes.length) resolve()
      else writeAll(bytes.subarray(written)).then(resolve, reject)
    })
  })

/** Reads until there are bytes or a status that ends the frame: GOOD with no byte means «later». */
const readSome = async (from: SaneDevice, buffer: Uint8Array) => {
  for (;;) {
    const read = await from.read(buffer)
    if (read.status !== 'GOOD' || read.length > 0) return read
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Moves the frame to the parent: one buffer is filled while the other is written. */
const pump = async (
  from: SaneDevice,
  first: Uint8Array,
  second: Uint8Array,
  length: number,
): Promise<void> => {
  let [filling, other] = [first, second]
  let filled = length
  let bytes = length
  let status: SaneStatus = 'GOOD'
  let idle = true
  let writing = Promise.resolve()
  const write = (piece: Uint8Array): void => {
    idle = false
    writing = writeAll(piece).finally(() => {
      idle = true
    })
    // Awaited before the next one, which may be later than its failure.
    writing.catch(() => undefined)
  }
  try {
    for (;;) {
      let ready: Uint8Array | undefined
      if (idle || filled === filling.length) {
        await writing
        ready = filling.subarray(0, filled)
        filled = 0
        ;[filling, other] = [other, filling]
      }
      // The scanner waits for the read, nobody for the write.
      const reading = readSome(from, filling.subarray(filled))
      if (ready !== undefined) write(ready)
      const read = await reading
      status = read.status
      if (status !== 'GOOD') break
      filled += read.length
      bytes += read.length
    }
    await writing
    await writeAll(filling.subarray(0, filled))
  } catch {
    // The parent left, or the driver answered nonsense.
    status = 'IO_ERROR'
  }
  send({ frame: { bytes, status } })
}

/** Starts a frame and gets its first bytes; answers the pump that moves the rest. */
const startFrame = async (from: SaneDevice) => {
  await from.start()
  const parameters = from.parameters()
  const [first, second] = [Buffer.allocUnsafe(bufferBytes), Buffer.allocUnsafe(bufferBytes)]
  const { status, length } = await readSome(from, first)
  if (status !== 'GOOD' && status !== 'EOF') throw new SaneError(status, `sane_read: ${status}`)
  const move = (): Promise<void> => {
    if (status === 'GOOD') return pump(from, first, second, length)
    send({ frame: { bytes: 0, status } })
    return Promise.resolve()
  }
  return { parameters, move }
}

const calls: Calls = {
  devices: () => listDevices(theLibrary()),
  open: (name) => {
    device = openDevice(theLibrary(), name)
  },
  options: (names) => theDevice().options(names),
  get: (name) => theDevice().get(name),
  set: (name, value, tolerance) => theDevice().set(name, value, tolerance),
  start: async () => {
    const starting = active.then(() => startFrame(theDevice()))
    active = starting.then(({ move }) => move()).catch(() => undefined)
    return (await starting).parameters
  },
}

/** Gives the device back in the order that SANE asks for, and ends the process. */
const end = async (when: 'now' | 'after-page'): Promise<void> => {
  if (ending) return
  ending = true
  if (when === 'after-page') await active
  device?.cancel()
  await active
  device?.close()
  library?.exit()
  process.exit(0)
}

const answer = async ({ id, call, args }: Extract<Request, { id: number }>): Promise<void> => {
  try {
    const run = calls[call] as (...args: readonly unknown[]) => unknown
    send({ id, result: await run(...args) })
  } catch (thrown) {
    const error = thrown instanceof SaneError ? thrown : new SaneError('IO_ERROR', 'The driver failed')
    send({ id, failure: error.status, text: error.message })
  }
}

bindToParent(Number(process.argv[2]))
process.on('message', (request: Request) => {
  void ('end' in request ? end(request.end) : answer(request))
})
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
