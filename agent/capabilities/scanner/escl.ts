import type { Logger } from 'pino'
import type { ScannerDescription } from '../../../protocol/capabilities/scanner.ts'
import { CommandError } from '../../../protocol/errors.ts'
import {
  EsclClient,
  type EsclDocument,
  EsclError,
  type EsclJob,
  type EsclQuirks,
  type EsclTimeouts,
  type ScannerStatus,
  type ScanSettings,
} from '../../devices/escl/escl.ts'
import { blackWhiteRows } from './blackwhite-rows.ts'
import type { PageScan, ScanDriver, ScanJob } from './driver.ts'
import { exchangeFault, feederFault } from './escl-fault.ts'
import { describeEscl, planEscl } from './escl-plan.ts'
import { type DecodedImage, decodeJpeg } from './jpeg-rows.ts'
import { decodePng } from './png-rows.ts'

export interface EsclDriverOptions {
  /** `http://host:port/eSCL/`. */
  readonly url: string
  readonly timeouts?: Partial<EsclTimeouts>
  readonly logger?: Logger
  /** What the model needs done differently; named in its profile. */
  readonly quirks?: EsclQuirks
  /** What pages are asked for; JPEG unless told, since its rows can be seen while the page is scanned. */
  readonly format?: 'image/jpeg' | 'image/png'
}

/**
 * A scanner that speaks eSCL, over the network or through ipp-usb.
 *
 * The client runs in the agent itself, not in a child: it is TypeScript on `node:http`, so the worst that a device
 * can do to it is an exception, and its answers are bounded in size and time before they are parsed. Native code that
 * meets the device's bytes is the JPEG decoder alone, and that is a child with limits; PNG goes through libvips, but
 * only of the size that was asked for. A child for each scan would add its start to every first row.
 */
export class EsclDriver implements ScanDriver {
  readonly #client: EsclClient
  readonly #format: EsclDriverOptions['format']
  readonly #runsOut: boolean
  readonly #logger: Logger | undefined
  /** INVARIANT: one job at a time; the next one begins when this resolves. */
  #over: Promise<void> = Promise.resolve()

  constructor(options: EsclDriverOptions) {
    const { url, timeouts = {}, quirks = {}, format, logger } = options
    this.#client = new EsclClient({ url, timeouts, ...quirks })
    this.#format = format
    this.#runsOut = quirks.runOutMs !== undefined
    this.#logger = logger
  }

  async describe(signal: AbortSignal): Promise<ScannerDescription> {
    return describeEscl(await this.#before(this.#client.capabilities(signal)))
  }

  async *scan(job: ScanJob, signal: AbortSignal): AsyncGenerator<PageScan, void, undefined> {
    signal.throwIfAborted()
    await orAborted(this.#over, signal)
    const capabilities = await this.#before(this.#client.capabilities(signal))
    const settings = planEscl(capabilities, job, this.#format)
    const running = await this.#create(job, settings, signal)
    // The caller may sit on a page when it aborts: the device is told at once, not when the next row is asked for.
    const cancel = () => void running.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      yield* this.#pages(running, job, settings, signal)
    } finally {
      signal.removeEventListener('abort', cancel)
      this.#over = running.cancel()
      // A page that must run out is no reason for the caller to wait.
      if (!this.#runsOut) await this.#over
    }
  }

  async *#pages(
    running: EsclJob,
    job: ScanJob,
    settings: ScanSettings,
    signal: AbortSignal,
  ): AsyncGenerator<PageScan, void, undefined> {
    for (let count = 0; ; count += 1) {
      const document = await this.#within(job, signal, running.nextDocument(signal))
      if (document === undefined) {
        await this.#checkEnd(running, job, count, signal)
        return
      }
      let complete = false
      try {
        const page = await this.#within(job, signal, decode(document, job, settings))
        const rows = this.#rows(page, job, signal, () => {
          complete = true
        })
        yield { format: formatOf(page, job, settings), rows }
      } finally {
        document.close()
      }
      signal.throwIfAborted()
      if (!complete) throw new CommandError('truncated', 'A page was left before its last row')
      if (job.source === 'flatbed') return
    }
  }

  async *#rows(
    { rows, width }: DecodedImage,
    job: ScanJob,
    signal: AbortSignal,
    completed: () => void,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* job.mode === 'blackwhite' ? blackWhiteRows(rows, width) : rows
      signal.throwIfAborted()
      completed()
    } catch (thrown) {
      throw await this.#faultOf(thrown, job, signal)
    }
  }

  async #create(job: ScanJob, settings: ScanSettings, signal: AbortSignal): Promise<EsclJob> {
    try {
      return await this.#client.createJob(settings, signal)
    } catch (thrown) {
      // A feeder that is empty, open or jammed makes the device refuse the job in one of several ways.
      const answered = thrown instanceof EsclError && thrown.status !== undefined
      throw answered ? await this.#faultOf(thrown, job, signal) : exchangeFault(thrown, 'before the job')
    }
  }

  async #before<T>(exchange: Promise<T>): Promise<T> {
    try {
      return await exchange
    } catch (thrown) {
      throw exchangeFault(thrown, 'before the job')
    }
  }

  async #within<T>(job: ScanJob, signal: AbortSignal, step: Promise<T>): Promise<T> {
    try {
      return await step
    } catch (thrown) {
      throw await this.#faultOf(thrown, job, signal)
    }
  }

  /** The device has no more pages: because all are out, or because it stopped. */
  async #checkEnd(running: EsclJob, job: ScanJob, count: number, signal: AbortSignal): Promise<void> {
    const status = await this.#before(running.status(signal))
    const stopped = job.source === 'feeder' ? feederFault(status.adfState) : undefined
    if (stopped !== undefined && (count === 0 || stopped.code !== 'no-document')) throw stopped
    const state = running.infoIn(status)?.state
    if (state === 'Aborted' || state === 'Canceled') {
      throw new CommandError('device-fault', `The scanner ended the job as ${state}`)
    }
    if (count === 0) throw new CommandError('device-fault', 'The scanner ended the job without a page')
  }

  /** What the device says of itself explains a failure better than the failure does. */
  async #faultOf(thrown: unknown, job: ScanJob, signal: AbortSignal): Promise<unknown> {
    if (signal.aborted) return signal.reason
    const fault = exchangeFault(thrown, 'in the job')
    const told = thrown instanceof EsclError || (fault instanceof CommandError && fault.code === 'truncated')
    const stopped = told && job.source === 'feeder' ? feederFault((await this.#state())?.adfState) : undefined
    // An empty feeder explains a refused job, but not a page that broke off.
    const explains = stopped !== undefined && (stopped.code !== 'no-document' || isRefusal(thrown))
    this.#logger?.warn({ err: thrown, feeder: stopped?.code }, 'an eSCL scan failed')
    return explains ? stopped : fault
  }

  async #state(): Promise<ScannerStatus | undefined> {
    try {
      return await this.#client.status(AbortSignal.timeout(this.#client.timeouts.cancelMs))
    } catch {
      return undefined
    }
  }
}

/** Resolves with the promise, or rejects with the signal's reason. */
const orAborted = async (promise: Promise<void>, signal: AbortSignal): Promise<void> => {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  await Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort))
}

const isRefusal = (thrown: unknown): boolean =>
  thrown instanceof EsclError && (thrown.kind === 'busy' || thrown.kind === 'refused')

// Devices round the size to their own steps; what is far beyond it was not asked for.
const tolerance = (pixels: number): number => Math.ceil(pixels * 1.05) + 64

const decode = (
  { format, body }: EsclDocument,
  { mode }: ScanJob,
  { region, resolution }: ScanSettings,
): Promise<DecodedImage> => {
  const limits = {
    maxWidth: tolerance((region.width * resolution) / 300),
    maxHeight: tolerance((region.height * resolution) / 300),
    grey: mode !== 'colour',
  }
  if (format === 'image/jpeg') return decodeJpeg(body, limits)
  if (format === 'image/png') return decodePng(body, limits)
  return Promise.reject(new CommandError('device-fault', 'The scanner sent a page in another format'))
}

const formatOf = (
  { width, height, channels }: DecodedImage,
  { mode, dpi }: ScanJob,
  { region }: ScanSettings,
): PageScan['format'] => {
  const measured = (width / region.width) * 300
  return {
    width,
    height,
    channels,
    bits: mode === 'blackwhite' ? 1 : 8,
    // A device that scanned with something else shows it by the width; a few columns are its rounding.
    dpi: Math.abs(measured / dpi - 1) < 0.1 ? dpi : Math.round(measured),
  }
}
