import { parseCapabilities, type ScannerCapabilities } from './capabilities.ts'
import { EsclError } from './error.ts'
import { bodyOf, discard, exchange, type Origin, originOf } from './exchange.ts'
import { EsclJob, type JobChannel, sleep } from './job.ts'
import type { EsclQuirks } from './quirks.ts'
import { type ScanSettings, writeSettings } from './settings.ts'
import { parseStatus, type ScannerStatus } from './status.ts'
import { defaultTimeouts, type EsclTimeouts } from './timeouts.ts'
import { maxDocumentBytes } from './xml.ts'

export interface EsclClientOptions extends EsclQuirks {
  /** `http://host:port/eSCL/`. */
  readonly url: string
  readonly timeouts?: Partial<EsclTimeouts>
  /** The largest page, in bytes; 256 MiB unless told. */
  readonly maxBytes?: number
}

const maxRetryAfterSeconds = 30

/**
 * A client of eSCL, the driverless scan protocol (Mopria Alliance, eSCL Technical Specification). It talks to the
 * host of its URL only: redirects are refused and the host in a `Location` is ignored. Every method throws `EsclError`
 * or its signal's reason, and ends within the timeouts.
 */
export class EsclClient {
  readonly timeouts: EsclTimeouts
  readonly #origin: Origin
  readonly #basePath: string
  readonly #maxBytes: number
  readonly #quirks: EsclQuirks

  constructor(options: EsclClientOptions) {
    const { origin, basePath } = originOf(options.url, options.keepAlive ?? false)
    this.timeouts = { ...defaultTimeouts, ...options.timeouts }
    this.#origin = origin
    this.#basePath = basePath
    this.#maxBytes = options.maxBytes ?? 256 * 1024 * 1024
    this.#quirks = options
  }

  /** What the device is and can do. */
  async capabilities(signal: AbortSignal): Promise<ScannerCapabilities> {
    return parseCapabilities(await this.capabilitiesDocument(signal))
  }

  /** `ScannerCapabilities` as the device sends it, bounded but not checked. */
  capabilitiesDocument(signal: AbortSignal): Promise<string> {
    return this.#read('ScannerCapabilities', signal)
  }

  /** What the device does now. */
  async status(signal: AbortSignal): Promise<ScannerStatus> {
    return parseStatus(await this.#read('ScannerStatus', signal))
  }

  /**
   * Starts a job. A busy device (503) is asked again, at the pace of its `Retry-After`, until `busyMs` are over. When
   * the signal aborts while the device decides, the job it may still create is cancelled.
   */
  async createJob(settings: ScanSettings, signal: AbortSignal): Promise<EsclJob> {
    const until = performance.now() + this.timeouts.busyMs
    for (let wait = this.timeouts.retryMs; ; wait = Math.min(wait * 2, this.timeouts.retryMs * 8)) {
      const posted = this.#post(settings)
      const job = await orCancelled(posted, signal)
      if (job instanceof EsclJob) return job
      const next = Math.max(wait, job.retryAfterMs)
      if (performance.now() + next > until) throw job.error
      await sleep(next, signal)
    }
  }

  /** Closes kept connections. */
  close(): void {
    this.#origin.agent.destroy()
  }

  async #post(settings: ScanSettings): Promise<EsclJob | { error: EsclError; retryAfterMs: number }> {
    const { connectMs, firstByteMs } = this.timeouts
    const incoming = await exchange(this.#origin, {
      method: 'POST',
      path: `${this.#basePath}ScanJobs`,
      body: writeSettings(settings),
      signal: new AbortController().signal,
      connectMs,
      firstByteMs,
    })
    const status = incoming.statusCode ?? 0
    const { location, 'retry-after': retryAfter } = incoming.headers
    discard(incoming)
    if (status === 201) return new EsclJob(this.#jobPath(location), this.#channel())
    if (status === 503 || status === 409) {
      const seconds = Number(retryAfter)
      const named = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, maxRetryAfterSeconds) : 0
      // A 409 tells a state that waiting does not change, such as an empty feeder.
      const retryAfterMs = status === 409 ? Number.POSITIVE_INFINITY : named * 1000
      return { error: new EsclError('busy', 'The device takes no job now', { status }), retryAfterMs }
    }
    throw statusError(status)
  }

  /** Only the path of a `Location` counts, whatever host, scheme or base it names. */
  #jobPath(location: string | undefined): string {
    if (location !== undefined && location.length <= 1024) {
      const named = URL.parse(location, `http://device${this.#basePath}`)?.pathname ?? ''
      if (/\/ScanJobs\/[^/]+\/?$/.test(named)) return named.replace(/\/$/, '')
    }
    throw new EsclError('malformed', 'The device does not name the job it created')
  }

  #channel(): JobChannel {
    const { connectMs, firstByteMs } = this.timeouts
    return {
      timeouts: this.timeouts,
      quirks: this.#quirks,
      maxBytes: this.#maxBytes,
      status: (signal) => this.status(signal),
      send: (method, path, signal) =>
        exchange(this.#origin, { method, path, signal, connectMs, firstByteMs }),
    }
  }

  async #read(name: string, signal: AbortSignal): Promise<string> {
    const { connectMs, firstByteMs, stallMs } = this.timeouts
    const incoming = await exchange(this.#origin, {
      method: 'GET',
      path: `${this.#basePath}${name}`,
      signal,
      connectMs,
      firstByteMs,
    })
    if (incoming.statusCode !== 200) {
      discard(incoming)
      throw statusError(incoming.statusCode ?? 0)
    }
    const pieces: Uint8Array[] = []
    const limits = { maxBytes: maxDocumentBytes, stallMs, totalMs: firstByteMs + stallMs }
    for await (const piece of bodyOf(incoming, limits, signal)) pieces.push(piece)
    return Buffer.concat(pieces).toString('utf8')
  }
}

const statusError = (status: number): EsclError => {
  if (status === 503 || status === 409) return new EsclError('busy', 'The device is busy', { status })
  if (status >= 500) return new EsclError('fault', 'The device failed', { status })
  if (status >= 400) return new EsclError('refused', 'The device refused the request', { status })
  return new EsclError('malformed', 'The device answered with an unexpected status', { status })
}

/** The result, or the signal's reason; a job that comes to be after that is cancelled. */
const orCancelled = async <T>(posted: Promise<T>, signal: AbortSignal): Promise<T> => {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([posted, aborted])
  } catch (thrown) {
    if (signal.aborted) {
      posted.then(
        (late) => (late instanceof EsclJob ? late.cancel() : undefined),
        () => undefined,
      )
    }
    throw thrown
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
