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
  })
  const ended = once(child, 'close').catch(() => undefined)
  const onLine = options.onLine ?? (() => undefined)
  createInterface(child.stderr as Readable).on('line', onLine)
  return {
    process: child,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM')
        const insist = setTimeout(() => child.kill('SIGKILL'), 2000)
        await ended
        clearTimeout(insist)
      }
    },
  }
}
