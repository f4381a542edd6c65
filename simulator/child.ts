import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** A program that the simulator started; it is killed when the simulator's own process dies in whatever way. */
export interface SimulatorChild {
  readonly process: ChildProcess
  /** Ends it and waits for its end; harmless when it is gone. */
  stop(): Promise<void>
}

/** Starts a program with an environment of its own. `onLine` gets each line of its error output. */
export const startChild = (
  command: string,
  args: readonly string[],
  options: {
    readonly cwd: string
    readonly env: Record<string, string>
    readonly onLine?: (line: string) => void
    readonly stdout?: 'pipe'
    /** What it gets when the simulator dies; KILL unless given. */
    readonly deathSignal?: 'TERM'
  },
): SimulatorChild => {
  const child = spawn('setpriv', ['--pdeathsig', options.deathSignal ?? 'KILL', '--', command, ...args], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', options.stdout ?? 'ignore', 'pipe'],
    // A group of its own: what it starts itself ends with it, and Ctrl-C reaches it through `stop` only.
    detached: true,
  })
  const ended = once(child, 'close').catch(() => undefined)
  const onLine = options.onLine ?? (() => undefined)
  createInterface(child.stderr as Readable).on('line', onLine)
  return {
    process: child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      signalGroup(child, 'SIGTERM')
      const insist = setTimeout(() => signalGroup(child, 'SIGKILL'), 2000)
      await ended
      clearTimeout(insist)
    },
  }
}

const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}
