import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import type { Reply, Request, RequestName, Requests, TelemetryStore } from './requests.ts'

/** Its memory stays bounded whatever comes; a thread that outgrows this ends and is begun again. */
const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 128 }

/** The least time between two threads, in milliseconds. */
const restMs = 1000

interface Waiting {
  readonly resolve: (answer: never) => void
  readonly reject: (error: Error) => void
}

/** The thread that keeps the vitals, as seen from the main one. One that dies is begun again with the next request. */
export class TelemetryThread {
  readonly #store: TelemetryStore
  readonly #program: URL
  readonly #log: Logger
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #begun = Number.NEGATIVE_INFINITY
  #next = 0

  constructor(store: TelemetryStore, log: Logger, program = new URL('./worker.ts', import.meta.url)) {
    this.#store = store
    this.#program = program
    this.#log = log
  }

  /** Rejects when the store failed or the thread died. */
  ask<Name extends RequestName>(name: Name, ask: Requests[Name]['ask']): Promise<Requests[Name]['answer']> {
    return new Promise((resolve, reject) => {
      this.#worker ??= this.#begin()
      const worker = this.#worker
      if (!worker) return reject(new Error('The thread of the vitals rests'))
      const id = this.#next++
      this.#waiting.set(id, { resolve, reject })
      const request: Request = { id, name, ask }
      worker.postMessage(request)
    })
  }

  /** Resolves when the tables are closed and the thread is over. */
  async stop(): Promise<void> {
    const worker = this.#worker
    if (!worker) return
    await this.ask('close', null).catch((error: unknown) =>
      this.#log.error({ err: error }, 'the vitals were not closed'),
    )
    this.#worker = undefined
    await worker.terminate()
  }

  #begin(): Worker | undefined {
    if (performance.now() - this.#begun < restMs) return undefined
    this.#begun = performance.now()
    const worker = new Worker(this.#program, {
      workerData: this.#store,
      resourceLimits,
    })
    worker.on('message', (reply: Reply) => this.#take(reply))
    worker.on('error', (error) => this.#log.error({ err: error }, 'the thread of the vitals died'))
    once(worker, 'exit').then(
      () => this.#ended(worker),
      () => this.#ended(worker),
    )
    return worker
  }

  #take(reply: Reply): void {
    if ('aside' in reply) {
      this.#log.error({ file: reply.aside }, 'the vitals were damaged: put aside, and begun anew')
      return
    }
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('error' in reply) waiting?.reject(new Error(reply.error))
    else waiting?.resolve(reply.answer as never)
  }

  #ended(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined
    for (const { reject } of this.#waiting.values()) reject(new Error('The thread of the vitals ended'))
    this.#waiting.clear()
  }
}
