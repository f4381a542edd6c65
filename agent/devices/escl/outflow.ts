import type { IncomingMessage } from 'node:http'
import { PassThrough, type Readable } from 'node:stream'

/** Pages that must not be broken off: what nobody wants any more runs out of the device unseen. */
export class Outflow {
  readonly #mostMs: number
  #last: Promise<void> = Promise.resolve()

  /** `mostMs`: how long a page may take to run out before its connection is closed all the same. */
  constructor(mostMs: number) {
    this.#mostMs = mostMs
  }

  /** Resolves when nothing flows any more. Never rejects. */
  get ended(): Promise<void> {
    return this.#last
  }

  /**
   * The answer to a request that the signal does not break off. Rejects with the signal's reason at once; the answer
   * that then still comes runs out.
   */
  async answer(
    send: (until: AbortSignal) => Promise<IncomingMessage>,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    signal.throwIfAborted()
    const patience = new AbortController()
    const sent = send(patience.signal)
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await Promise.race([sent, aborted])
    } catch (thrown) {
      if (signal.aborted) this.#last = this.#late(sent, patience)
      throw thrown
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** The answer's body in a stream that may be destroyed at any time, while the answer itself runs out. */
  through(incoming: IncomingMessage): Readable {
    const flow = new PassThrough()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    const broken = () => {
      if (!incoming.complete) flow.destroy(new Error('The connection broke'))
    }
    incoming.on('error', broken)
    incoming.once('close', () => {
      broken()
      resolve()
    })
    flow.once('close', () => {
      incoming.unpipe(flow)
      this.#runOut(incoming)
    })
    // A reader that left does not listen.
    flow.on('error', () => undefined)
    incoming.pipe(flow)
    return flow
  }

  #runOut(incoming: IncomingMessage): void {
    const late = setTimeout(() => incoming.destroy(), this.#mostMs)
    if (incoming.closed) clearTimeout(late)
    incoming.once('close', () => clearTimeout(late))
    incoming.resume()
  }

  async #late(sent: Promise<IncomingMessage>, patience: AbortController): Promise<void> {
    const late = setTimeout(() => patience.abort(), this.#mostMs)
    try {
      const incoming = await sent
      this.through(incoming).destroy()
      await this.#last
    } catch {
      // No page came: there is nothing to run out.
    } finally {
      clearTimeout(late)
    }
  }
}
