import type { FastifyReply } from 'fastify'
import { ProblemError } from '../problem.ts'

/** A proxy or a router drops a line that is silent for long. */
const usualHeartbeatMs = 15_000
/** What may wait for a reader that does not read; then it is sent away and has to come again. */
const maxWaiting = 4 * 1024 * 1024
const maxStreams = 2000

/** One reader of server-sent events (HTML Living Standard 9.2). */
export interface EventStream {
  /** Sends one event with its data as JSON. */
  send(event: string, data: unknown): void
  end(): void
}

/** The open streams of one door. */
export class EventStreams {
  readonly #heartbeatMs: number
  readonly #open = new Set<EventStream>()

  constructor(heartbeatMs = usualHeartbeatMs) {
    this.#heartbeatMs = heartbeatMs
  }

  /**
   * Answers a request with a stream. `follow` begins what it tells and gives how that ends, which is done once, when the
   * stream is over for whatever reason; for a reader who has left meanwhile nothing begins. It ends when `allowed` says
   * no, which it is asked at each heartbeat: rights may end before a stream does. A heartbeat is an event `beat` that
   * tells when the next one comes, so that a reader notices a line that is cut without a word; the first one comes at once.
   */
  open(
    reply: FastifyReply,
    follow: (stream: EventStream) => (() => void) | undefined,
    allowed: () => Promise<boolean>,
  ): void {
    if (this.#open.size >= maxStreams) throw new ProblemError('rate-limited', 'Too many open event streams')
    // Nothing would tell any more that this reader has left.
    if (reply.raw.destroyed) return void reply.send()
    const { raw } = reply.hijack()
    const headers = {
      ...reply.getHeaders(),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    }
    raw.writeHead(200, headers as Record<string, string>)
    const stream: EventStream = {
      send: (event, data) => {
        if (raw.writableLength > maxWaiting) raw.destroy()
        else raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
      },
      end: () => raw.end(),
    }
    const beat = (): void => stream.send('beat', { everyMs: this.#heartbeatMs })
    const refuse = (): void => {
      clearInterval(heartbeat)
      raw.end()
    }
    const heartbeat = setInterval(() => {
      allowed().then(
        (still) => (still ? beat() : refuse()),
        () => raw.destroy(),
      )
    }, this.#heartbeatMs).unref()
    beat()
    this.#open.add(stream)
    raw.on('error', () => raw.destroy())
    const left = follow(stream)
    raw.once('close', () => {
      clearInterval(heartbeat)
      this.#open.delete(stream)
      left?.()
    })
  }

  /** Ends all of them. */
  end(): void {
    for (const stream of this.#open) stream.end()
  }
}
