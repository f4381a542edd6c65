import { type ChildProcess, fork } from 'node:child_process'
import { getCompileCacheDir } from 'node:module'
import { setTimeout as delay } from 'node:timers/promises'

/** How long a driver may stand still, in milliseconds. */
export interface SaneTimeouts {
  /** For a call that moves nothing: list, open, read and set options. */
  readonly call: number
  /** From the start of a page to its first bytes: a lamp warms up, a feeder draws. */
  readonly firstByte: number
  /** Between two pieces of a page. */
  readonly stall: number
  /** To give the device back. */
  readonly close: number
}

/** Times that suit office devices: some take 10 s to their first byte and 6 s to close. */
export const defaultTimeouts: SaneTimeouts = { call: 20_000, firstByte: 60_000, stall: 20_000, close: 10_000 }

/** Where the child process and SANE find what they need. */
export interface SaneSessionOptions {
  /** The child's entry; `child.ts` beside this file by default. */
  readonly child?: URL | string
  /** `SANE_CONFIG_DIR`: the folder with `dll.conf`; the system's own by default. */
  readonly configDir?: string
  /** Path or soname of libsane. */
  readonly libraryPath?: string
  /**
   * Folder of V8's compile cache, which halves the child's start; it must belong to this user alone. This process's
   * own by default.
   */
  readonly compileCacheDir?: string
  /** Set in the child's environment beside this process's own. */
  readonly environment?: Readonly<Record<string, string>>
  readonly timeouts?: Partial<SaneTimeouts>
  /**
   * For a device that hangs when a page is broken off: what nobody wants any more runs out, for this long at most,
   * before the device is given back. In milliseconds; it is cancelled at once unless told.
   */
  readonly runOutMs?: number
}

/** Starts the child; its pixels come on its fourth pipe. */
export const startProcess = (options: SaneSessionOptions): ChildProcess => {
  const entry = options.child ?? new URL('./child.ts', import.meta.url)
  const compileCacheDir = options.compileCacheDir ?? getCompileCacheDir()
  return fork(entry, [String(process.pid), options.libraryPath ?? 'libsane.so.1'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own: a terminal's Ctrl-C is not for the driver, and its helpers can be ended with it.
    detached: true,
    execArgv: [],
    env: {
      ...process.env,
      ...(options.configDir !== undefined && { SANE_CONFIG_DIR: options.configDir }),
      ...(compileCacheDir !== undefined && { NODE_COMPILE_CACHE: compileCacheDir }),
      ...options.environment,
    },
  })
}

// A driver that does not listen gets this long to clean up after an interrupt.
const interruptGrace = 200

const signalGroup = ({ pid }: ChildProcess, name: NodeJS.Signals): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, name)
  } catch {
    // The whole group is gone already.
  }
}

/**
 * Waits for a child that was told to end, interrupts it when the grace in milliseconds is over, then kills it with
 * its helpers. Never SIGTERM: some drivers take it over for the whole process.
 */
export const endProcess = async (
  child: ChildProcess,
  exited: Promise<void>,
  grace: number,
): Promise<void> => {
  const within = async (limit: number): Promise<boolean> => {
    const timer = new AbortController()
    const late = delay(limit, false, { signal: timer.signal }).catch(() => false)
    const gone = await Promise.race([exited.then(() => true), late])
    timer.abort()
    return gone
  }
  if (!(await within(grace))) {
    signalGroup(child, 'SIGINT')
    if (!(await within(interruptGrace))) signalGroup(child, 'SIGKILL')
  }
  await exited
  // A helper process of the driver may have outlived it.
  signalGroup(child, 'SIGKILL')
}
