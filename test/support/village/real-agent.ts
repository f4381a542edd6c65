import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { enlist, terminalConfig } from './faulty-terminal.ts'
import type { WatchedFleet } from './watched-fleet.ts'

/** An agent in a process of its own, which can be frozen and killed as the kernel does it. */
export interface RealAgent {
  readonly id: string
  start(): void
  freeze(): void
  thaw(): void
  kill(): Promise<void>
  /** Asks it to end, and waits until it has. */
  end(): Promise<void>
}

const program = fileURLToPath(new URL('../mortal-agent.ts', import.meta.url))

/** One for this village, not yet started. */
export const openRealAgent = async (
  watched: WatchedFleet,
  { id, village, keepaliveSeconds }: { id: string; village: string; keepaliveSeconds?: number },
): Promise<RealAgent> => {
  const place = await enlist(watched, id, village)
  const file = join(place, 'agent.json')
  const config = terminalConfig(id, { port: watched.fleet.mqttPort, keepaliveSeconds })
  await writeFile(file, JSON.stringify(config))
  let child: ChildProcess | undefined
  const leave = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    // A frozen one hears nothing else.
    if (signal !== 'SIGKILL') child.kill('SIGCONT')
    const last = new AbortController()
    const late = pass(20_000, undefined, { signal: last.signal }).then(
      () => child?.kill('SIGKILL'),
      () => undefined,
    )
    await gone
    last.abort()
    await late
  }
  return {
    id,
    start() {
      child = spawn(process.execPath, [program, file, join(place, 'paper')], { cwd: place, stdio: 'ignore' })
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    kill: () => leave('SIGKILL'),
    end: () => leave('SIGTERM'),
  }
}
