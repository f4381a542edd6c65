import { randomUUID } from 'node:crypto'
import type { JobStatus } from './escl-documents.ts'
import type { MfpFault } from './fault.ts'
import { type ScanRequest, scannedPicture } from './scanned-picture.ts'
import type { Sheet } from './sheet.ts'

/** How fast the scanner moves; as fast as it can be computed unless told. */
export interface ScanSpeed {
  /** For the whole height of the glass; a smaller region takes its share. */
  readonly pageSeconds?: number
  readonly bytesPerSecond?: number
}

/** A job in the virtual MFP. */
export interface DeviceJob {
  readonly id: string
  readonly request: ScanRequest
  state: JobStatus['state']
  completed: number
  readonly begun: number
  /** Whether a page is on its way. */
  sending: boolean
  /** Stops what is being sent. */
  abort: () => void
}

const cachedPictures = 4
const keptJobs = 10
// A client that vanished must not hold the scanner for ever.
const forgottenAfterMs = 30_000

/** The state of the virtual MFP: paper, faults and jobs, one at a time. */
export class Device {
  glass: Sheet | undefined
  readonly feeder: Sheet[] = []
  speed: ScanSpeed = {}
  readonly uuid = randomUUID()
  #fault: MfpFault | undefined
  #reached = 0
  #brokenOff = false
  readonly #connections = new Set<object>()
  readonly #jobs: DeviceJob[] = []
  readonly #pictures = new Map<string, Promise<Buffer>>()
  readonly #sheets = new WeakMap<Sheet, number>()
  #lastSheet = 0
  #touched = 0

  get fault(): MfpFault | undefined {
    return this.#fault
  }

  set fault(fault: MfpFault | undefined) {
    this.#fault = fault
    this.#reached = 0
    this.#brokenOff = false
    this.#connections.clear()
  }

  get jobs(): readonly DeviceJob[] {
    return this.#jobs
  }

  /** Counts one occasion for a fault that shows a number of times; whether it shows now. */
  strikes(kind: MfpFault['kind']): boolean {
    const fault = this.#fault
    if (fault?.kind !== kind || !('times' in fault)) return false
    this.#reached += 1
    return this.#reached <= fault.times
  }

  /** Whether a fault that shows a number of times makes the status deny the job. */
  get deniesJobs(): boolean {
    const fault = this.#fault
    return fault !== undefined && 'status' in fault && this.#reached <= fault.times
  }

  /** Whether a page was broken off, which the device does not get over. */
  get hangs(): boolean {
    return this.#fault?.kind === 'hangs-after-cancel' && this.#brokenOff
  }

  /** Whether the device answers to a request on this connection. */
  answersOn(connection: object): boolean {
    if (this.#fault?.kind !== 'connection') return true
    const used = this.#connections.has(connection)
    const first = !used && this.#connections.size === 0
    this.#connections.add(connection)
    return this.#fault.needs === 'one' ? first || (used && this.#connections.size === 1) : !used
  }

  get running(): DeviceJob | undefined {
    const last = this.#jobs.at(-1)
    if (last?.state !== 'Processing') return undefined
    if (performance.now() - this.#touched > forgottenAfterMs) this.end(last, 'Aborted')
    return last.state === 'Processing' ? last : undefined
  }

  get adfState(): string {
    if (this.#fault?.kind === 'cover-open') return 'ScannerAdfHatchOpen'
    if (this.#fault?.kind === 'jam' && this.#jobs.at(-1)?.state === 'Aborted') return 'ScannerAdfJam'
    if (this.#fault?.kind === 'adf-empty' || this.feeder.length === 0) return 'ScannerAdfEmpty'
    return this.running?.request.source === 'Feeder' ? 'ScannerAdfProcessing' : 'ScannerAdfLoaded'
  }

  /** Begins a job; whether the device is free must be asked before. */
  begin(request: ScanRequest): DeviceJob {
    const job: DeviceJob = {
      id: randomUUID(),
      request,
      state: 'Processing',
      completed: 0,
      begun: performance.now(),
      sending: false,
      abort: () => undefined,
    }
    this.#jobs.push(job)
    if (this.#jobs.length > keptJobs) this.#jobs.shift()
    this.touch()
    return job
  }

  /** A client asks about the running job. */
  touch(): void {
    this.#touched = performance.now()
  }

  end(job: DeviceJob, state: JobStatus['state']): void {
    if (job.state === 'Processing') {
      job.state = state
      this.#brokenOff ||= job.sending
    }
    job.abort()
  }

  /** Draws the next sheet of a job; `undefined` when there is none left. */
  draw(job: DeviceJob): { readonly sheet: Sheet | undefined } | undefined {
    if (job.request.source === 'Platen') return job.completed === 0 ? { sheet: this.glass } : undefined
    const sheet = this.#fault?.kind === 'adf-empty' ? undefined : this.feeder.shift()
    return sheet === undefined ? undefined : { sheet }
  }

  /** The scanned page. The same page is computed once: the tests and the bench scan it again and again. */
  picture(sheet: Sheet | undefined, request: ScanRequest): Promise<Buffer> {
    const key = `${this.#numberOf(sheet)} ${JSON.stringify(request)}`
    const known = this.#pictures.get(key)
    if (known !== undefined) return known
    const picture = scannedPicture(sheet, request)
    this.#pictures.set(key, picture)
    picture.catch(() => this.#pictures.delete(key))
    const oldest = this.#pictures.keys().next().value
    if (this.#pictures.size > cachedPictures && oldest !== undefined) this.#pictures.delete(oldest)
    return picture
  }

  #numberOf(sheet: Sheet | undefined): number {
    if (sheet === undefined) return 0
    const known = this.#sheets.get(sheet)
    if (known !== undefined) return known
    this.#lastSheet += 1
    this.#sheets.set(sheet, this.#lastSheet)
    return this.#lastSheet
  }
}
