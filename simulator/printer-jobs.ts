import { EventEmitter, once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { impressionsOf, keepDocument, type ReceivedJob } from './received-job.ts'

/** How a simulated printer treats the jobs it gets; a change also reaches the job that is in it. */
export interface PrinterBehaviour {
  /** `printer-state-reasons` (RFC 8011 5.4.12) for which it stands still, without severity. */
  readonly faults: readonly string[]
  /** How many sides come out before the faults hold it. */
  readonly sidesBeforeFault: number
  /** Whether a fault ends the job as aborted instead of holding it. */
  readonly aborts: boolean
  /** Time for one side, in milliseconds. */
  readonly sideMs: number
}

/** Plays the paper path for the print commands of one printer, which report to it over a local socket. */
export interface PrinterJobs {
  readonly all: readonly ReceivedJob[]
  listen(socket: string): Promise<void>
  /** Resolves to the n-th job, counted from 1. */
  received(n: number): Promise<ReceivedJob>
  behave(change: Partial<PrinterBehaviour>): void
  /** The printer was told to cancel its job: the one in the paper path, or the one that waits for paper. */
  cancel(): void
  /** The printer has been restarted. */
  reset(): void
  close(): Promise<void>
}

const usual: PrinterBehaviour = { faults: [], sidesBeforeFault: 0, aborts: false, sideMs: 100 }

/** Documents are kept in `folder` under names that begin with `prefix`. */
export const createPrinterJobs = (options: {
  readonly folder: string
  readonly prefix: string
  readonly behaviour: Partial<PrinterBehaviour>
  readonly onJob: (job: ReceivedJob) => void
}): PrinterJobs => {
  const all: ReceivedJob[] = []
  const changes = new EventEmitter().setMaxListeners(0)
  const sockets = new Set<Socket>()
  const raised = new Set<string>()
  let behaviour: PrinterBehaviour = { ...usual, ...options.behaviour }
  let cancelledWhileWaiting = false

  const run = async (socket: Socket): Promise<void> => {
    const ended = once(socket, 'close').then(() => 'ended' as const)
    const cancelled = once(changes, 'cancel')
    const [line] = (await once(createInterface(socket), 'line')) as [string]
    if (cancelledWhileWaiting) {
      cancelledWhileWaiting = false
      socket.end('exit 0\n')
      return
    }
    const told = JSON.parse(line) as { file: string; attributes: Record<string, string> }
    const job = await keepDocument(told.file, options.folder, options.prefix, told.attributes)
    all.push(job)
    options.onJob(job)
    changes.emit('job')
    const outcome = await Promise.race([ended, cancelled, print(socket, job)])
    socket.end(`exit ${outcome === 'aborted' ? 1 : 0}\n`)
  }

  const print = async (socket: Socket, job: ReceivedJob): Promise<'completed' | 'aborted'> => {
    const sides = await impressionsOf(job)
    socket.write(`ATTR: job-impressions=${sides}\n`)
    showFaults(socket, [])
    for (let done = 0; done < sides && !socket.destroyed; ) {
      if (done >= behaviour.sidesBeforeFault && behaviour.faults.length > 0) {
        showFaults(socket, behaviour.faults)
        if (behaviour.aborts) return 'aborted'
        await once(changes, 'behaviour')
        continue
      }
      showFaults(socket, [])
      await Promise.race([delay(behaviour.sideMs), once(changes, 'behaviour')])
      done++
      socket.write(`ATTR: job-impressions-completed=${done}\n`)
    }
    return 'completed'
  }

  /** The printer keeps what was raised, also after the job; only a command can take it back. */
  const showFaults = (socket: Socket, faults: readonly string[]): void => {
    const over = [...raised].filter((fault) => !faults.includes(fault))
    if (over.length > 0) socket.write(`STATE: -${over.join(',')}\n`)
    if (faults.length > 0) socket.write(`STATE: +${faults.join(',')}\n`)
    raised.clear()
    for (const fault of faults) raised.add(fault)
  }

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
    run(socket).catch(() => socket.destroy())
  })

  return {
    all,
    async listen(socket) {
      server.listen(socket)
      await once(server, 'listening')
    },
    async received(n) {
      for (;;) {
        const job = all[n - 1]
        if (job) return job
        await once(changes, 'job')
      }
    },
    behave(change) {
      behaviour = { ...behaviour, ...change }
      changes.emit('behaviour')
    },
    cancel() {
      cancelledWhileWaiting = sockets.size === 0
      changes.emit('cancel')
    },
    reset() {
      cancelledWhileWaiting = false
      raised.clear()
      behaviour = { ...usual, ...options.behaviour }
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}

const delay = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref()
  })
