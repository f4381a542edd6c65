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
   * Answers a request with a stream; `left` is called once, when it is over for whatever reason. It ends when `allowed`
   * says no, which it is asked at each heartbeat: rights may end before a stream does. A heartbeat is an event `beat`
   * that tells when the next one comes, so that a reader notices a line that is cut without a word.
   */
  open(reply: FastifyReply, left: () => void, allowed: () => Promise<boolean>): EventStream {
    if (this.#open.size >= maxStreams) throw new ProblemError('rate-limited', 'Too many open event streams')
    const { raw } = reply.hijack()
    const headers = {
      ...reply.getHeaders(),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    }
    raw.writeHead(200, headers as Record<string, string>)
    raw.write(':\n\n')
    const heartbeat = setInterval(() => {
      allowed().then(
        (still) => (still ? stream.send('beat', { everyMs: this.#heartbeatMs }) : raw.end()),
        () => raw.destroy(),
      )
    }, this.#heartbeatMs).unref()
    const stream: EventStream = {
      send: (event, data) => {
        if (raw.writableLength > maxWaiting) raw.destroy()
        else raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
      },
      end: () => raw.end(),
    }
    raw.on('error', () => raw.destroy())
    raw.once('close', () => {
      clearInterval(heartbeat)
      this.#open.delete(stream)
      left()
    })
    this.#open.add(stream)
    return stream
  }

  /** Ends all of them. */
  end(): void {
    for (const stream of this.#open) stream.end()
  }
}
