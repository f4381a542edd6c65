import type { IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { EsclError } from './error.ts'
import { bodyOf } from './exchange.ts'
import { type ImageFormat, imageFormatOf, signatureBytes } from './image-format.ts'
import type { JobInfo, ScannerStatus } from './status.ts'
import type { EsclTimeouts } from './timeouts.ts'

/** One scanned page as the device sends it. */
export interface EsclDocument {
  /** By its first bytes, whatever the device declared. */
  readonly format: ImageFormat
  /** The bytes while they arrive. Throws `EsclError` (`truncated`, `timeout`, `too-large`). */
  readonly body: AsyncIterable<Uint8Array>
  /** Breaks the transfer off; a reader that waits for bytes gets `truncated`. */
  close(): void
}

/** What a job needs of its client. */
export interface JobChannel {
  readonly timeouts: EsclTimeouts
  readonly maxBytes: number
  send(method: 'GET' | 'DELETE', path: string, signal: AbortSignal): Promise<IncomingMessage>
  status(signal: AbortSignal): Promise<ScannerStatus>
}

/** A scan job in the device. INVARIANT: whoever created one calls `cancel`, also after its last page. */
export class EsclJob {
  readonly path: string
  readonly #channel: JobChannel
  #delivered = 0
  #cancelled: Promise<void> | undefined

  constructor(path: string, channel: JobChannel) {
    this.path = path
    this.#channel = channel
  }

  /**
   * The next page, or `undefined` when the device has no more. A 404, a 503 and an error page sent as a document are
   * asked again while the device says that it still works on the job. Throws `EsclError` or the signal's reason.
   */
  async nextDocument(signal: AbortSignal): Promise<EsclDocument | undefined> {
    const { retryMs, pageMs, settleMs } = this.#channel.timeouts
    const begun = performance.now()
    for (let wait = retryMs; ; wait = Math.min(wait * 1.5, retryMs * 8)) {
      const answer = await this.#ask(signal)
      if (answer instanceof EsclError) {
        const status = await this.#channel.status(signal)
        const job = this.infoIn(status)
        if (!isWorking(status, job)) {
          // Some devices end a feeder job with an error page instead of a 404.
          if (answer.kind === 'not-image' && this.#delivered === 0) throw answer
          return undefined
        }
        const limit = this.#looksFinished(status, job) ? settleMs : pageMs
        if (performance.now() - begun > limit) {
          if (limit === settleMs) return undefined
          throw new EsclError('timeout', 'The device works on the job but sends no page', { cause: answer })
        }
        await sleep(Math.max(wait, retryAfter(answer)), signal)
      } else {
        this.#delivered += 1
        return answer
      }
    }
  }

  /** What the device says of this job. */
  infoIn(status: ScannerStatus): JobInfo | undefined {
    const id = lastSegment(this.path)
    return status.jobs.find((job) => lastSegment(job.uri) === id)
  }

  /** Stops the job in the device; harmless when it is over. Never throws. */
  cancel(): Promise<void> {
    this.#cancelled ??= this.#delete()
    return this.#cancelled
  }

  async #delete(): Promise<void> {
    try {
      const signal = AbortSignal.timeout(this.#channel.timeouts.cancelMs)
      const incoming = await this.#channel.send('DELETE', this.path, signal)
      incoming.destroy()
    } catch {
      // The device is gone or has forgotten the job: there is nothing left to stop.
    }
  }

  /** A document, or why there is none now. */
  async #ask(signal: AbortSignal): Promise<EsclDocument | EsclError> {
    const incoming = await this.#channel.send('GET', `${this.path}/NextDocument`, signal)
    const status = incoming.statusCode ?? 0
    if (status !== 200) {
      incoming.destroy()
      const seconds = Number(incoming.headers['retry-after'])
      if (status === 404 || status === 410) return new EsclError('refused', 'No page yet', { status })
      if (status === 409) return new EsclError('busy', 'No page now', { status })
      if (status === 503) return new BusyError(Number.isFinite(seconds) ? seconds * 1000 : 0)
      throw new EsclError(status >= 500 ? 'fault' : 'refused', 'The device refused to send a page', {
        status,
      })
    }
    return this.#sniff(incoming, signal)
  }

  async #sniff(incoming: IncomingMessage, signal: AbortSignal): Promise<EsclDocument | EsclError> {
    const { firstByteMs, stallMs } = this.#channel.timeouts
    const limits = { maxBytes: this.#channel.maxBytes, stallMs: Math.max(firstByteMs, stallMs) }
    const pieces = bodyOf(incoming, limits, signal)
    const start: Uint8Array[] = []
    let length = 0
    while (length < signatureBytes) {
      const { value, done } = await pieces.next()
      if (done === true) break
      start.push(value)
      length += value.length
    }
    const first = Buffer.concat(start)
    const format = imageFormatOf(first)
    if (format === undefined) {
      await pieces.return()
      return new EsclError('not-image', 'The device sent something else than a page', { status: 200 })
    }
    return { format, body: joined(first, pieces), close: () => incoming.destroy() }
  }

  /** INVARIANT: true only when no page can be lost by ending the job here. */
  #looksFinished(status: ScannerStatus, job: JobInfo | undefined): boolean {
    return (
      status.adfState === 'ScannerAdfEmpty' &&
      job?.imagesToTransfer === 0 &&
      job.imagesCompleted !== undefined &&
      job.imagesCompleted <= this.#delivered &&
      this.#delivered > 0
    )
  }
}

class BusyError extends EsclError {
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super('busy', 'The device is busy', { status: 503 })
    this.retryAfterMs = retryAfterMs
  }
}

const maxRetryAfterMs = 5_000

const retryAfter = (error: EsclError): number =>
  error instanceof BusyError ? Math.min(error.retryAfterMs, maxRetryAfterMs) : 0

const isWorking = (status: ScannerStatus, job: JobInfo | undefined): boolean => {
  if (job === undefined || job.state === 'Unknown') return status.state === 'Processing'
  return job.state === 'Pending' || job.state === 'Processing' || (job.imagesToTransfer ?? 0) > 0
}

const lastSegment = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1) ?? ''

async function* joined(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

/** Waits, or rejects with the signal's reason. */
export const sleep = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  pause(milliseconds, undefined, { signal }).catch(() => {
    throw signal.reason
  })
