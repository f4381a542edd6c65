import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { ScannerDescription, ScanSourceLimits } from '../../../protocol/capabilities/scanner.ts'
import { CommandError } from '../../../protocol/errors.ts'
import type { OptionValue } from '../../devices/sane/option.ts'
import type { SaneFrame, SaneSession, SaneSessionOptions } from '../../devices/sane/session.ts'
import { startSession } from '../../devices/sane/session.ts'
import { SaneError } from '../../devices/sane/status.ts'
import type { PageScan, ScanDriver, ScanJob } from './driver.ts'
import { formatOf, unpadded } from './sane-frame.ts'
import { areaOf, limitsOf, modesOf, optionNames, resolutionOf, sourcesOf } from './sane-options.ts'
import { commandErrorOf, type SaneWords, saneWords } from './sane-words.ts'

/** Which scanner, and what its model needs. */
export interface SaneDriverOptions extends SaneSessionOptions {
  /** As SANE names it, like `test:0`; the first that SANE finds by default. */
  readonly device?: string
  /** The model's words where ours are not enough. */
  readonly words?: Partial<SaneWords>
  /** Set on the device before each scan, in this order. */
  readonly options?: Readonly<Record<string, OptionValue>>
  /** In millimetres, where the device claims more glass than it has. */
  readonly maxArea?: { readonly width: number; readonly height: number }
  readonly logger?: Logger
}

/** A session that its signal ends. */
interface Lease {
  readonly session: SaneSession
  release(): void
}

// A caller that aborts waits no longer than this for the driver; the child may take its time to give the device back.
const abortGrace = 800

/** A scanner that libsane knows. Each scan and each description has a child process of its own. */
export class SaneDriver implements ScanDriver {
  readonly #options: SaneDriverOptions
  readonly #words: SaneWords
  #description: ScannerDescription | undefined
  #device: string | undefined
  #scanning = false
  /** INVARIANT: one child at a time; the next one starts when this resolves. */
  #turn: Promise<void> = Promise.resolve()

  constructor(options: SaneDriverOptions = {}) {
    this.#options = options
    this.#words = { ...saneWords, ...options.words }
  }

  /** Resolves when no child process is left. */
  async idle(): Promise<void> {
    await this.#turn
  }

  async describe(signal: AbortSignal): Promise<ScannerDescription> {
    signal.throwIfAborted()
    // The device is ours now: asked by another process it would only say that it is busy.
    if (this.#scanning && this.#description !== undefined) return this.#description
    const lease = await this.#lease(signal)
    try {
      return await this.#describeIn(lease.session)
    } catch (thrown) {
      throw this.#failure(thrown, signal, lease.session)
    } finally {
      lease.release()
    }
  }

  async *scan(job: ScanJob, signal: AbortSignal): AsyncGenerator<PageScan> {
    signal.throwIfAborted()
    if (this.#scanning) throw new CommandError('busy', 'The scanner is scanning')
    this.#scanning = true
    let lease: Lease | undefined
    try {
      lease = await this.#lease(signal)
      const { session } = lease
      await this.#prepare(session, job)
      for (let pages = 0; pages === 0 || job.source === 'feeder'; pages++) {
        const frame = await startPage(session, pages)
        if (frame === undefined) return
        const format = formatOf(frame.parameters, job)
        let complete = false
        const rows = async function* (this: SaneDriver): AsyncGenerator<Uint8Array> {
          try {
            yield* unpadded(frame, format)
            complete = true
          } catch (thrown) {
            throw this.#failure(thrown, signal, session)
          }
        }
        yield { format, rows: rows.call(this) }
        signal.throwIfAborted()
        // A page that was left early: nothing more is wanted.
        if (!complete) return
      }
    } catch (thrown) {
      throw this.#failure(thrown, signal, lease?.session)
    } finally {
      this.#scanning = false
      lease?.release()
    }
  }

  /** Waits for the turn and starts a child, which ends when the signal is aborted or the lease released. */
  async #lease(signal: AbortSignal): Promise<Lease> {
    const before = this.#turn
    const turn = Promise.withResolvers<void>()
    this.#turn = turn.promise
    const aborted = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => aborted.resolve(), { once: true })
    await Promise.race([before, aborted.promise])
    if (signal.aborted) {
      turn.resolve(before)
      throw signal.reason
    }
    const session = startSession(this.#options)
    const onAbort = (): void => {
      const ended = session.end()
      void Promise.race([ended, delay(abortGrace)]).then(() => session.interrupt(signal.reason))
    }
    signal.addEventListener('abort', onAbort, { once: true })
    return {
      session,
      release: () => {
        signal.removeEventListener('abort', onAbort)
        turn.resolve(session.end())
      },
    }
  }

  async #open(session: SaneSession, name: string): Promise<void> {
    try {
      await session.open(name)
    } catch (thrown) {
      const absent =
        thrown instanceof SaneError && ['INVAL', 'IO_ERROR', 'UNSUPPORTED'].includes(thrown.status)
      throw absent
        ? new CommandError('device-absent', 'The scanner does not answer', { cause: thrown })
        : thrown
    }
  }

  /** Opens the device and asks it for everything; the session then stands ready to scan. */
  async #describeIn(session: SaneSession): Promise<ScannerDescription> {
    const devices = await session.devices()
    const wanted = this.#options.device
    const found = wanted === undefined ? devices[0] : devices.find(({ name }) => name === wanted)
    const name = found?.name ?? wanted
    if (name === undefined) throw new CommandError('device-absent', 'No scanner is connected')
    await this.#open(session, name)
    const sources: ScanSourceLimits[] = []
    for (const [source, word] of sourcesOf(await session.options(), this.#words)) {
      if (word !== undefined) await session.set(optionNames.source, word)
      const options = await session.options()
      const dpi = await resolutionOf(options, session)
      sources.push(limitsOf(source, options, this.#words, dpi, this.#options.maxArea))
    }
    this.#device = name
    this.#description = {
      vendor: (found?.vendor ?? '').slice(0, 200),
      model: (found?.model || name).slice(0, 200),
      driver: 'sane',
      sources,
    }
    return this.#description
  }

  /** Sets the device for the job; throws `unsupported` before anything moves. */
  async #prepare(session: SaneSession, job: ScanJob): Promise<void> {
    let description = this.#description
    if (description === undefined || this.#device === undefined) description = await this.#describeIn(session)
    else {
      assertOffered(description, job)
      await this.#open(session, this.#device)
    }
    const limits = assertOffered(description, job)
    const source = sourcesOf(await session.options(), this.#words).get(job.source)
    if (source !== undefined) await session.set(optionNames.source, source)
    const options = await session.options()
    const mode = modesOf(options, this.#words).get(job.mode)
    if (mode?.word !== undefined) await session.set(optionNames.mode, mode.word)
    const changed = await session.options()
    if (
      mode !== undefined &&
      changed.some(({ name, active, settable }) => name === 'depth' && active && settable)
    ) {
      await session.set(optionNames.depth, mode.depth)
    }
    for (const [name, value] of Object.entries(this.#options.options ?? {})) await session.set(name, value)
    await session.set(optionNames.resolution, job.dpi)
    const area = job.area ?? { x: 0, y: 0, width: limits.width, height: limits.height }
    for (const { name, value, tolerance } of areaOf(await session.options(), area, job.dpi)) {
      await session.set(name, value, tolerance)
    }
  }

  #failure(thrown: unknown, signal: AbortSignal, session: SaneSession | undefined): unknown {
    if (signal.aborted) return signal.reason
    const error = commandErrorOf(thrown)
    if (error.code === 'device-fault' || error.code === 'device-absent') {
      this.#description = undefined
      this.#options.logger?.warn({ err: error, driverSays: session?.complaints }, 'the scanner failed')
    }
    return error
  }
}

/** The next page; `undefined` when the feeder gave its last one. */
const startPage = async (session: SaneSession, pages: number): Promise<SaneFrame | undefined> => {
  try {
    return await session.start()
  } catch (thrown) {
    if (pages > 0 && thrown instanceof SaneError && thrown.status === 'NO_DOCS') return undefined
    throw thrown
  }
}

const assertOffered = (description: ScannerDescription, job: ScanJob): ScanSourceLimits => {
  const limits = description.sources.find(({ source }) => source === job.source)
  const { area } = job
  if (limits === undefined) throw new CommandError('unsupported', `The scanner has no ${job.source}`)
  if (!limits.dpi.includes(job.dpi)) throw new CommandError('unsupported', `The scanner lacks ${job.dpi} dpi`)
  if (!limits.modes.includes(job.mode)) throw new CommandError('unsupported', `The scanner lacks ${job.mode}`)
  if (area && (area.x + area.width > limits.width || area.y + area.height > limits.height)) {
    throw new CommandError('unsupported', 'The area is larger than the glass')
  }
  return limits
}
