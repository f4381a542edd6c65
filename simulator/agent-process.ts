import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { agentLaunch } from '../provisioning/launch.ts'

/** What an agent's process is started with. */
export interface AgentProcessOptions {
  readonly configFile: string
  readonly logFile: string
  /** The agent's entry: the sources unless told. */
  readonly entry?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** With this status (EX_TEMPFAIL of sysexits.h) an agent asks for a new start. */
const askedForRestart = 75

/** An agent that died is started again after this time, in milliseconds; one that asked for it, at once. */
const restartAfterMs = 500

/** An agent in a process of its own, started again whenever it ends, as systemd does on a terminal. */
export class AgentProcess {
  readonly #options: AgentProcessOptions
  #child: ChildProcess | undefined
  #restart: NodeJS.Timeout | undefined
  #stopping = false

  constructor(options: AgentProcessOptions) {
    this.#options = options
  }

  /** The process id of the agent that runs now. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  start(): void {
    const { configFile, logFile, environment } = this.#options
    const entry = this.#options.entry ?? fileURLToPath(new URL('../agent/main.ts', import.meta.url))
    const log = openSync(logFile, 'a', 0o600)
    const child = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', '--', process.execPath, ...agentLaunch.nodeArguments, entry],
      {
        env: { ...agentLaunch.environment, ...process.env, ...environment, AVYL_AGENT_CONFIG: configFile },
        stdio: ['ignore', log, log],
      },
    )
    closeSync(log)
    this.#child = child
    child.once('exit', (code) => {
      this.#child = undefined
      if (this.#stopping) return
      this.#restart = setTimeout(() => this.start(), code === askedForRestart ? 0 : restartAfterMs)
    })
  }

  /** Pulls the plug: the agent is gone at once and comes back by itself. Resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  /** Ends the agent in good order and leaves it ended. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#restart)
    const child = this.#child
    if (!child) return
    const gone = once(child, 'exit')
    const insist = setTimeout(() => child.kill('SIGKILL'), 10_000)
    child.kill('SIGTERM')
    await gone
    clearTimeout(insist)
  }
}
