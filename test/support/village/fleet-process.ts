import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** How a fleet in a process of its own is started: always on the same ports and in the same folder. */
export interface FleetProcessOptions {
  readonly entry: string
  readonly dataFolder: string
  readonly httpPort: number
  readonly mqttPort: number
  /** Each line of its log from `warn` on. */
  readonly complaint: (line: string) => void
}

/** A fleet manager in a process of its own, which comes back at once whenever it is killed. */
export class FleetProcess {
  readonly #options: FleetProcessOptions
  #child: ChildProcess | undefined
  #ready = Promise.withResolvers<void>()
  #stopping = false

  constructor(options: FleetProcessOptions) {
    this.#options = options
  }

  get url(): string {
    return `http://127.0.0.1:${this.#options.httpPort}`
  }

  get mqttPort(): number {
    return this.#options.mqttPort
  }

  /** Resolves when both doors are open; a promise of this moment, whether they are open or not. */
  up(): Promise<void> {
    return this.#ready.promise
  }

  start(): void {
    const { entry, dataFolder, httpPort, mqttPort } = this.#options
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', process.execPath, entry], {
      env: {
        PATH: process.env.PATH,
        AVYL_DATA_DIR: dataFolder,
        AVYL_HTTP_PORT: String(httpPort),
        AVYL_MQTT_PORT: String(mqttPort),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line))
    child.once('exit', (status) => {
      this.#child = undefined
      // One that ends without being killed would do so for ever.
      if (!this.#stopping && status !== null) return this.#ready.reject(new Error('The fleet cannot run'))
      this.#ready.resolve()
      if (this.#stopping) return
      this.#ready = Promise.withResolvers()
      this.start()
    })
  }

  /** Pulls the plug. Resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  /** Ends it in good order; resolves to its exit status. */
  async stop(): Promise<number | null> {
    this.#stopping = true
    const child = this.#child
    if (!child) return null
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    const [status] = (await gone) as [number | null]
    return status
  }

  #hear(line: string): void {
    let said: { readonly level?: number; readonly msg?: string }
    try {
      said = JSON.parse(line) as typeof said
    } catch {
      return
    }
    if (said.msg === 'the fleet is ready') this.#ready.resolve()
    else if ((said.level ?? 0) >= 40) this.#options.complaint(line)
  }
}
