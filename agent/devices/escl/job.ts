import type { IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { EsclError } from './error.ts'
import { bodyOf, discard } from './exchange.ts'
import { type ImageFormat, imageFormatOf, signatureBytes } from './image-format.ts'
import { Outflow } from './outflow.ts'
import type { EsclQuirks } from './quirks.ts'
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
  readonly quirks: EsclQuirks
  readonly maxBytes: number
  send(method: 'GET' | 'DELETE', path: string, signal: AbortSignal): Promise<IncomingMessage>
  status(signal: AbortSignal): Promise<ScannerStatus>
}

/** A scan job in the device. INVARIANT: whoever created one calls `cancel`, also after its last page. */
export class EsclJob {
  readonly path: string
  readonly #channel: JobChannel
  readonly #outflow: Outflow | undefined
  #delivered = 0
  #cancelled: Promise<void> | undefined

  constructor(path: string, channel: JobChannel) {
    this.path = path
    this.#channel = channel
    const { runOutMs } = channel.quirks
    this.#outflow = runOutMs === undefined ? undefined : new Outflow(runOutMs)
  }

  /**
   * The next page, or `undefined` when the device has no more. A 404, a 503 and an error page sent as a document are
   * asked again while the device says that it still works on the job, or is known to say otherwise. Throws `EsclError`
   * or the signal's reason.
   */
  async nextDocument(signal: AbortSignal): Promise<EsclDocument | undefined> {
    const { retryMs, pageMs, settleMs } = this.#channel.timeouts
    const { earlyPages = { firstMs: retryMs, mostMs: retryMs * 8 }, errorPages } = this.#channel.quirks
    const begun = performance.now()
    let errors = 0
    for (let wait = earlyPages.firstMs; ; wait = Math.min(wait * 1.5, earlyPages.mostMs)) {
      const answer = await this.#ask(signal)
      if (answer instanceof EsclError) {
        const waited = performance.now() - begun
        const status = await this.status(signal)
        const job = this.infoIn(status)
        if (answer.kind === 'not-image') errors += 1
        if (errorPages !== undefined && errors > errorPages) throw answer
        if (!isWorking(status, job) && !(this.#mayStillCome(answer, status, job) && waited <= settleMs)) {
          // Some devices end a feeder job with an error page instead of a 404.
          if (answer.kind === 'not-image' && this.#delivered === 0) throw answer
          return undefined
        }
        const limit = this.#looksFinished(status, job) ? settleMs : pageMs
        if (waited > limit) {
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

  /**
   * What the device does now. One that is too busy to tell, or silent for a moment, has not lost its pages: it is asked
   * again for `settleMs`. Throws `EsclError` or the signal's reason.
   */
  async status(signal: AbortSignal): Promise<ScannerStatus> {
    const { retryMs, settleMs } = this.#channel.timeouts
    let until: number | undefined
    for (;;) {
      try {
        return await this.#channel.status(signal)
      } catch (thrown) {
        until ??= performance.now() + settleMs
        if (!isForNow(thrown) || performance.now() + retryMs > until) throw thrown
      }
      await sleep(retryMs, signal)
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
    await this.#outflow?.ended
    try {
      const signal = AbortSignal.timeout(this.#channel.timeouts.cancelMs)
      discard(await this.#channel.send('DELETE', this.path, signal))
    } catch {
      // The device is gone or has forgotten the job: there is nothing left to stop.
    }
  }

  /** A document, or why there is none now. */
  async #ask(signal: AbortSignal): Promise<EsclDocument | EsclError> {
    const send = (until: AbortSignal) => this.#channel.send('GET', `${this.path}/NextDocument`, until)
    const incoming = await (this.#outflow ? this.#outflow.answer(send, signal) : send(signal))
    const status = incoming.statusCode ?? 0
    if (status !== 200) {
      discard(incoming)
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
    const flow = this.#outflow?.through(incoming) ?? incoming
    const pieces = bodyOf(flow, limits, signal)
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
    return { format, body: joined(first, pieces), close: () => flow.destroy() }
  }

  /** Whether a device that says it does nothing more is known to say so too early. */
  #mayStillCome(answer: EsclError, status: ScannerStatus, job: JobInfo | undefined): boolean {
    if (job?.state === 'Canceled' || job?.state === 'Aborted') return false
    const { earlyPages, errorPages } = this.#channel.quirks
    if (answer.kind === 'not-image') return errorPages !== undefined
    return earlyPages !== undefined && !this.#looksFinished(status, job)
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

/** Whether a failure tells nothing of the next try. */
const isForNow = (thrown: unknown): boolean =>
  thrown instanceof EsclError && ['busy', 'timeout', 'unreachable', 'truncated'].includes(thrown.kind)

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
