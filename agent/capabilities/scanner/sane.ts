import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { ScannerDescription } from '../../../protocol/capabilities/scanner.ts'
import { CommandError } from '../../../protocol/errors.ts'
import type { SaneSessionOptions } from '../../devices/sane/process.ts'
import type { SaneFrame, SaneSession } from '../../devices/sane/session.ts'
import { createSessionAhead, type SessionAhead } from '../../devices/sane/session-ahead.ts'
import { SaneError } from '../../devices/sane/status.ts'
import type { PageScan, ScanDriver, ScanJob } from './driver.ts'
import { describeDevice, type KnownDevice, openDevice, prepareScan, type SaneModel } from './sane-device.ts'
import { formatOf, unpadded } from './sane-frame.ts'
import { commandErrorOf } from './sane-words.ts'

/** Which scanner, what its model needs, and where the child process finds what it needs. */
export interface SaneDriverOptions extends SaneModel, SaneSessionOptions {
  readonly logger?: Logger
  /** How long the child of the next scan may wait for it, in milliseconds; none is started ahead unless told. */
  readonly aheadMs?: number
}

/** A session that its signal ends. */
interface Lease {
  readonly session: SaneSession
  /** Ends it, and the one that was started ahead too unless that is the next. */
  release(next?: 'ahead'): void
}

// A caller that aborts waits no longer than this for the driver; the child may take its time to give the device back.
const abortGrace = 800

/**
 * A scanner that libsane knows. Each scan and each description has a child process of its own; that of the next one
 * may be started ahead while a page comes, and stays when the scan came well.
 */
export class SaneDriver implements ScanDriver {
  readonly #options: SaneDriverOptions
  readonly #ahead: SessionAhead
  #known: KnownDevice | undefined
  #scanning = false
  /** INVARIANT: one child at a time has a driver; the next one is used when this resolves. */
  #turn: Promise<void> = Promise.resolve()

  constructor(options: SaneDriverOptions = {}) {
    this.#options = options
    this.#ahead = createSessionAhead(options, options.aheadMs ?? 0)
  }

  /** Ends a child that waits; resolves when no child process is left. */
  async idle(): Promise<void> {
    await this.#turn
    await this.#ahead.end()
  }

  async describe(signal: AbortSignal): Promise<ScannerDescription> {
    signal.throwIfAborted()
    // The device is ours now: asked by another process it would only say that it is busy.
    if (this.#scanning && this.#known !== undefined) return this.#known.description
    const lease = await this.#lease(signal)
    try {
      this.#known = await describeDevice(lease.session, this.#options)
      return this.#known.description
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
    let complete = false
    try {
      lease = await this.#lease(signal)
      const { session } = lease
      if (this.#known === undefined) this.#known = await describeDevice(session, this.#options)
      else await openDevice(session, this.#known.name)
      await prepareScan(session, this.#known, job, this.#options)
      for (let pages = 0; pages === 0 || job.source === 'feeder'; pages++) {
        const frame = await startPage(session, pages)
        if (frame === undefined) return
        const format = formatOf(frame.parameters, job)
        complete = false
        const rows = async function* (this: SaneDriver): AsyncGenerator<Uint8Array> {
          try {
            // The next scan's child comes up while the scanner moves and little else is to be done.
            this.#ahead.prepare()
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
      complete = false
      throw this.#failure(thrown, signal, lease?.session)
    } finally {
      this.#scanning = false
      lease?.release(complete ? 'ahead' : undefined)
    }
  }

  /** Waits for the turn and starts a child, which ends when the signal is aborted or the lease released. */
  async #lease(signal: AbortSignal): Promise<Lease> {
    const before = this.#turn
    const turn = Promise.withResolvers<void>()
    this.#turn = turn.promise
    await untilAborted(before, signal)
    if (signal.aborted) {
      turn.resolve(before)
      throw signal.reason
    }
    const session = this.#start(() => turn.resolve(before))
    const onAbort = (): void => {
      const ended = session.end()
      void Promise.race([ended, delay(abortGrace)]).then(() => session.interrupt(signal.reason))
    }
    signal.addEventListener('abort', onAbort, { once: true })
    return {
      session,
      release: (next) => {
        signal.removeEventListener('abort', onAbort)
        const ended = session.end()
        turn.resolve(ended.then(() => (next === undefined ? this.#ahead.end() : this.#ahead.prepare())))
      },
    }
  }

  #start(release: () => void): SaneSession {
    try {
      return this.#ahead.take()
    } catch (cause) {
      release()
      throw new CommandError('device-fault', 'The scan process could not be started', { cause })
    }
  }

  #failure(thrown: unknown, signal: AbortSignal, session: SaneSession | undefined): unknown {
    if (signal.aborted) return signal.reason
    const error = commandErrorOf(thrown)
    if (error.code === 'device-fault' || error.code === 'device-absent') {
      this.#known = undefined
      this.#options.logger?.warn({ err: error, driverSays: session?.complaints }, 'the scanner failed')
    }
    return error
  }
}

/** Resolves with the promise or when the signal is aborted. */
const untilAborted = async (promise: Promise<void>, signal: AbortSignal): Promise<void> => {
  const { promise: aborted, resolve } = Promise.withResolvers<void>()
  const listen = (): void => resolve()
  signal.addEventListener('abort', listen, { once: true })
  await Promise.race([promise, aborted])
  signal.removeEventListener('abort', listen)
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
