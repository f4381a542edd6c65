import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { Calls, FrameEnd, Reply, Request } from './calls.ts'
import { parseReply } from './calls.ts'
import type { FrameParameters } from './device.ts'
import type { SaneDeviceInfo } from './library.ts'
import type { OptionValue, SaneOption } from './option.ts'
import {
  defaultTimeouts,
  endProcess,
  type SaneSessionOptions,
  type SaneTimeouts,
  startProcess,
} from './process.ts'
import { SaneError } from './status.ts'

/** One page of a device while it flows. */
export interface SaneFrame {
  readonly parameters: FrameParameters
  /**
   * The bytes as the device gives them, with its padding at the end of a line. Ends only when every line is there
   * and the device said EOF; throws `TRUNCATED`, or what the device said instead.
   */
  readonly bytes: AsyncIterable<Uint8Array>
}

interface Waiter {
  resolve(value: unknown): void
  reject(error: unknown): void
}

// A driver that stood still gets this long for each step of the way out.
const hungGrace = 400
const maxBytesPerLine = 1 << 20
const maxLines = 1 << 18

/** Starts the child process of a session; the session tells when it cannot. */
export const startSession = (options: SaneSessionOptions = {}): SaneSession =>
  new SaneSession(startProcess(options), options)

/**
 * A device in a process of its own. Every call rejects with a {@link SaneError}; a driver that crashes or stands
 * still ends the session, never this process. `end` must be called, once more than needed does no harm.
 */
export class SaneSession {
  readonly #child: ChildProcess
  readonly #pixels: Readable
  readonly #timeouts: SaneTimeouts
  readonly #runOutMs: number | undefined
  readonly #calls = new Map<number, Waiter>()
  readonly #exited: Promise<void>
  #lastCall = 0
  #frameEnd: FrameEnd | undefined
  #wake: (() => void) | undefined
  #fault: unknown
  #ending: Promise<void> | undefined
  #complaints = ''

  constructor(child: ChildProcess, options: SaneSessionOptions) {
    this.#child = child
    this.#pixels = child.stdio[3] as Readable
    this.#timeouts = { ...defaultTimeouts, ...options.timeouts }
    this.#runOutMs = options.runOutMs
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#fail(new SaneError('CRASHED', `The driver ended its process (${signal ?? `exit ${code}`})`))
        resolve()
      })
      child.once('error', (cause) => {
        this.#fail(new SaneError('UNAVAILABLE', 'The scan process could not be started', { cause }))
        if (child.pid === undefined) resolve()
      })
    })
    child.on('message', (message) => this.#hear(parseReply(message)))
    child.stderr?.on('data', (text) => {
      this.#complaints = (this.#complaints + String(text)).slice(-2000)
    })
    this.#pixels.on('readable', () => this.#wake?.())
    this.#pixels.on('error', () => undefined)
  }

  /** The last words of the driver on its standard error, for a log. */
  get complaints(): string {
    return this.#complaints
  }

  /** Whether its process is gone, or no longer answers. */
  get failed(): boolean {
    return this.#fault !== undefined
  }

  devices(): Promise<SaneDeviceInfo[]> {
    return this.#call('devices', [], this.#timeouts.call)
  }

  /** Opens a device; the first one when the name is empty. */
  open(name: string): Promise<void> {
    return this.#call('open', [name], this.#timeouts.call)
  }

  /** Options as they stand now: those of these names that there are, or every one. */
  options(names?: readonly string[]): Promise<SaneOption[]> {
    return this.#call('options', names === undefined ? [] : [names], this.#timeouts.call)
  }

  get(name: string): Promise<OptionValue> {
    return this.#call('get', [name], this.#timeouts.call)
  }

  /** Sets an option; throws `INEXACT` when the device took a value farther away than `tolerance`. */
  set(name: string, value: OptionValue, tolerance = 0): Promise<OptionValue> {
    return this.#call('set', [name, value, tolerance], this.#timeouts.call)
  }

  /** Starts the next page and resolves at its first bytes; `NO_DOCS` when the feeder is empty. */
  async start(): Promise<SaneFrame> {
    this.#frameEnd = undefined
    const parameters = await this.#call('start', [], this.#timeouts.firstByte)
    const { bytesPerLine, lines, pixelsPerLine } = parameters
    const sane = bytesPerLine > 0 && bytesPerLine <= maxBytesPerLine && pixelsPerLine > 0 && lines <= maxLines
    if (!sane) throw new SaneError('IO_ERROR', 'The device promised a page that cannot be')
    return { parameters, bytes: this.#frame(parameters) }
  }

  /** Makes every pending and later call reject with this. */
  interrupt(error: unknown): void {
    this.#fail(error)
  }

  /**
   * Stops what the device is doing, or lets its page run out, gives it back and ends the child: it is asked first, then interrupted, then
   * killed. Resolves when no process is left.
   */
  end(grace = this.#timeouts.close + (this.#runOutMs ?? 0)): Promise<void> {
    this.#ending ??= this.#end(grace)
    return this.#ending
  }

  async #end(grace: number): Promise<void> {
    this.#send({ end: this.#runOutMs === undefined ? 'now' : 'after-page' })
    // A child that is blocked on the pipe could not hear the driver out.
    this.#pixels.removeAllListeners('readable').resume()
    await endProcess(this.#child, this.#exited, grace)
    this.#pixels.destroy()
  }

  #hear(reply: Reply | undefined): void {
    if (reply === undefined) return
    if ('frame' in reply) {
      this.#frameEnd = reply.frame
      this.#wake?.()
      return
    }
    const waiter = this.#calls.get(reply.id)
    this.#calls.delete(reply.id)
    if ('failure' in reply) waiter?.reject(new SaneError(reply.failure, reply.text))
    else waiter?.resolve(reply.result)
  }

  #send(request: Request): void {
    if (this.#child.connected) this.#child.send(request, () => undefined)
  }

  #fail(error: unknown): void {
    this.#fault ??= error
    for (const { reject } of this.#calls.values()) reject(this.#fault)
    this.#calls.clear()
    this.#wake?.()
  }

  #hang(what: string): void {
    this.#fail(new SaneError('HUNG', `The driver stood still in ${what}`))
    void this.end(hungGrace)
  }

  #call<N extends keyof Calls>(
    call: N,
    args: Parameters<Calls[N]>,
    limit: number,
  ): Promise<Awaited<ReturnType<Calls[N]>>> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault)
    this.#lastCall += 1
    const id = this.#lastCall
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#hang(`sane ${call}`), limit)
      this.#calls.set(id, {
        resolve: (value) => {
          clearTimeout(timer)
          resolve(value as Awaited<ReturnType<Calls[N]>>)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      })
      this.#send({ id, call, args })
    })
  }

  async *#frame({ bytesPerLine, lines }: FrameParameters): AsyncGenerator<Uint8Array> {
    let got = 0
    const most = bytesPerLine * (lines < 0 ? maxLines : lines)
    for (;;) {
      const piece: Uint8Array | null = this.#pixels.read()
      if (piece !== null) {
        got += piece.length
        if (got > most) throw new SaneError('IO_ERROR', 'The device gave more than it promised')
        yield piece
        continue
      }
      if (this.#fault !== undefined) throw this.#fault
      if (this.#frameEnd?.bytes === got) break
      if (this.#frameEnd !== undefined && this.#ending !== undefined) {
        throw new SaneError('CANCELLED', 'The session was ended in the page')
      }
      await this.#change()
    }
    const { status } = this.#frameEnd
    if (status !== 'EOF' && status !== 'GOOD') throw new SaneError(status, `sane_read: ${status}`)
    // Whole lines and EOF, or the page is not good: an exit code proves nothing.
    if (status !== 'EOF' || got === 0 || got % bytesPerLine !== 0 || (lines >= 0 && got !== most)) {
      throw new SaneError('TRUNCATED', 'The page ended before its last line')
    }
  }

  /** Resolves when more bytes came, the frame ended or the session failed. Time counts only while it is waited. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#hang('sane_read'), this.#timeouts.stall)
      this.#wake = () => {
        this.#wake = undefined
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
