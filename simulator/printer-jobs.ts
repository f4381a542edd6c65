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
  /** Whether a job is in the paper path. */
  readonly active: boolean
  /** The reasons that the printer shows since a job raised them. */
  readonly raised: ReadonlySet<string>
  listen(socket: string): Promise<void>
  /** Resolves to the n-th job, counted from 1. */
  received(n: number): Promise<ReceivedJob>
  behave(change: Partial<PrinterBehaviour>): void
  /** The printer has a document whose command it has not started yet; it may wait for paper. */
  arrive(): void
  /** The printer was told to cancel its job, in the paper path or before it. */
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
  let waiting = false
  let cancelledWhileWaiting = false

  const run = async (socket: Socket): Promise<void> => {
    // Not `once`: it rejects when the command is killed in mid-word, and nobody may be waiting for it then.
    const ended = new Promise<'ended'>((over) => socket.once('close', () => over('ended')))
    const cancelled = once(changes, 'cancel')
    const lines = createInterface(socket).on('error', () => socket.destroy())
    const [line] = (await once(lines, 'line')) as [string]
    waiting = false
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

  /** Nothing reaches a command that has been told to end. */
  const say = (socket: Socket, line: string): void => {
    if (socket.writable) socket.write(`${line}\n`)
  }

  const print = async (socket: Socket, job: ReceivedJob): Promise<'completed' | 'aborted'> => {
    const sides = await impressionsOf(job)
    say(socket, `ATTR: job-impressions=${sides}`)
    showFaults(socket, [])
    for (let done = 0; done < sides && socket.writable; ) {
      if (done >= behaviour.sidesBeforeFault && behaviour.faults.length > 0) {
        showFaults(socket, behaviour.faults)
        if (behaviour.aborts) return 'aborted'
        await once(changes, 'behaviour')
        continue
      }
      showFaults(socket, [])
      await Promise.race([delay(behaviour.sideMs), once(changes, 'behaviour')])
      done++
      say(socket, `ATTR: job-impressions-completed=${done}`)
    }
    return 'completed'
  }

  /** The printer keeps what was raised, also after the job; only a command can take it back. */
  const showFaults = (socket: Socket, faults: readonly string[]): void => {
    const over = [...raised].filter((fault) => !faults.includes(fault))
    if (over.length > 0) say(socket, `STATE: -${over.join(',')}`)
    if (faults.length > 0) say(socket, `STATE: +${faults.join(',')}`)
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
    raised,
    get active() {
      return sockets.size > 0
    },
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
    arrive() {
      waiting = sockets.size === 0
    },
    cancel() {
      cancelledWhileWaiting = waiting
      changes.emit('cancel')
    },
    reset() {
      waiting = false
      cancelledWhileWaiting = false
      raised.clear()
      behaviour = { ...usual, ...options.behaviour }
    },
    async close() {
      // Their end is awaited: a command that is left alone would outlive the simulator by a moment.
      await Promise.all([...sockets].map(endCommand))
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}

const endCommand = async (socket: Socket): Promise<void> => {
  const insist = setTimeout(() => socket.destroy(), 1000)
  const closed = once(socket, 'close').catch(() => undefined)
  if (socket.writable) socket.end('exit 1\n')
  await closed
  clearTimeout(insist)
}

const delay = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref()
  })
