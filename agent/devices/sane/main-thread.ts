import { write } from 'node:fs'
import type { Calls, Reply, Request } from './calls.ts'
import { initialise, listDevices, openDevice, type SaneDevice } from './device.ts'
import { startFrames } from './frames.ts'
import { koffi } from './koffi.ts'
import { loadLibrary, type SaneLibrary } from './library.ts'
import { failureOf, SaneError } from './status.ts'

// The main thread of a session's process. It is driven by messages and gives pixels on file descriptor 3. This process
// is the only one that loads libsane: whatever a driver does to its process, it does here.

const pixels = 3
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

const frames = startFrames(process.argv[3], writeAll)

/** Starts a frame; `moved` resolves when its last byte is with the parent, who is told. */
const startFrame = async () => {
  theDevice()
  const { parameters, over } = await frames.start()
  return { parameters, moved: over.then((frame) => send({ frame })) }
}

const calls: Calls = {
  devices: () => listDevices(theLibrary()),
  open: (name) => {
    device = openDevice(theLibrary(), name)
    frames.use(device.handle)
  },
  options: (names) => theDevice().options(names),
  get: (name) => theDevice().get(name),
  set: (name, value, tolerance) => theDevice().set(name, value, tolerance),
  start: async () => {
    const starting = active.then(startFrame)
    active = starting.then(({ moved }) => moved).catch(() => undefined)
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
    send({ id, ...failureOf(thrown) })
  }
}

bindToParent(Number(process.argv[2]))
process.on('message', (request: Request) => {
  void ('end' in request ? end(request.end) : answer(request))
})
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
