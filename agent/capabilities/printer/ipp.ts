import { setTimeout as delay } from 'node:timers/promises'
import { CommandError } from '../../../protocol/errors.ts'
import {
  createIppClient,
  type IppAttributes,
  type IppClient,
  IppError,
  integers,
  type JobRequest,
  operations,
  strings,
  type TransportOptions,
} from '../../devices/ipp/ipp.ts'
import type { JobStatus, PrintDriver } from './driver.ts'
import { describedAttributes, describePrinter, describeQueue } from './ipp-description.ts'
import { ippFault, isBusy } from './ipp-fault.ts'
import { cancelJob, takeBack } from './ipp-take-back.ts'
import { ticketAttributes, ticketFor } from './ipp-ticket.ts'
import { lookAtPrinter, type WatchOptions, watchJob, watchStill } from './ipp-watch.ts'
import { causeOf, parseStateReasons } from './state-reason.ts'
import { endedBy } from './stopped-job.ts'

/** Where the printer is and how patient the driver is. */
export interface IppDriverOptions extends Partial<WatchOptions>, TransportOptions {
  /** `ipp://host:port/path`, or `ipps:`, of the MFP itself or of a local CUPS queue. */
  readonly uri: string
  /** Behind a CUPS queue the MFP itself: it knows its state, supplies and trays best. */
  readonly device?: string
  /** How long a document may stand still on its way before the printer is looked at, in milliseconds; 15 s unless told. */
  readonly stillMs?: number
  /** The `requesting-user-name`; `avyl` unless told. */
  readonly user?: string
  /** The model stops on a backslash in a name: it gets what is behind the last one. */
  readonly plainUserName?: boolean
  /**
   * How long the printer may take to answer a cancellation, and as long again to say how the job stands, in
   * milliseconds; both together within the grace that a stopped command has.
   */
  readonly cancelMs?: number
}

/** Reaches a printer by IPP. A printer that takes one job at a time is waited for until the signal. */
export const createIppDriver = (options: IppDriverOptions): PrintDriver => {
  const { user = 'avyl', plainUserName = false, keepAlive = false, trusts } = options
  const reach = {
    user: plainUserName ? user.slice(user.lastIndexOf('\\') + 1) : user,
    keepAlive,
    ...(trusts ? { trusts } : {}),
    ...(options.stillMs === undefined ? {} : { stillMs: options.stillMs }),
  }
  const client = createIppClient(options.uri, reach)
  const device = options.device === undefined ? undefined : createIppClient(options.device, reach)
  const timing = { pollMs: options.pollMs ?? 1000, patienceMs: options.patienceMs ?? 30_000 }
  const cancelMs = options.cancelMs ?? 2000

  const cancel = (id: number) => cancelJob(client, id, cancelMs)

  return {
    async describe(signal) {
      try {
        const queue = describePrinter(await client.getPrinterAttributes(describedAttributes, signal))
        if (device === undefined) return queue
        const mfp = describePrinter(await device.getPrinterAttributes(describedAttributes, signal))
        return describeQueue(queue, mfp)
      } catch (error) {
        throw ippFault(error)
      }
    },

    async print(job, signal, watch, accepted) {
      let last: JobStatus | undefined
      const watchChange = (status: JobStatus): void => {
        const changed = JSON.stringify(status) !== JSON.stringify(last)
        last = status
        if (changed) watch(status)
      }
      // Where all goes over one connection a look would wait behind the document and be no sign of life.
      const still = (job?: number) => (keepAlive ? undefined : watchStill(client, job, timing, watchChange))
      let id: number | undefined
      let knownJam = false
      try {
        const printer = await client.getPrinterAttributes(ticketAttributes, signal)
        const ticket = ticketFor(job, printer)
        const whenFree = createWait(client, timing.pollMs, signal, watchChange)
        await whenFree(() => client.validateJob(ticket, signal))
        if (takesJobsInTwoSteps(printer)) {
          const made = await whenFree(() => createJob(client, ticket, cancel, signal))
          id = made
          await accepted()
          await handOver(client.sendDocument(made, ticket, job.file, signal, still(made)), signal)
        } else {
          await accepted()
          id = await whenFree(() => handOver(client.printJob(ticket, job.file, signal, still()), signal))
        }
        knownJam = causeOf(parseStateReasons(strings(printer, 'printer-state-reasons'))) === 'jam'
        return await watchJob(client, id, { ...timing, knownJam }, signal, watchChange)
      } catch (error) {
        if (signal.aborted && id !== undefined) {
          const done = await takeBack(client, id, { cancelMs, knownJam })
          if (done === undefined) throw endedBy(signal, last)
          watchChange(done)
          return done
        }
        if (id !== undefined) await cancel(id)
        throw signal.aborted && !isUnknown(error) ? endedBy(signal, last) : ippFault(error)
      }
    },
  }
}

/** Whether a job can be made before its document is sent: then a busy printer is found before anything begins. */
const takesJobsInTwoSteps = (printer: IppAttributes): boolean => {
  const supported = integers(printer, 'operations-supported')
  return supported.includes(operations['Create-Job']) && supported.includes(operations['Send-Document'])
}

/** Tries until the printer is not busy; a job that waits has the number 0. */
const createWait =
  (client: IppClient, pollMs: number, signal: AbortSignal, watch: (status: JobStatus) => void) =>
  async <T>(attempt: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await attempt()
      } catch (error) {
        if (!isBusy(error)) throw error
      }
      watch(await lookAtPrinter(client, signal))
      await delay(pollMs, undefined, { signal })
    }
  }

/**
 * Create-Job whose answer is awaited even when the signal comes first: a printer that takes one job would wait for
 * the document of a job that nobody knows.
 */
const createJob = async (
  client: IppClient,
  ticket: JobRequest,
  cancel: (id: number) => Promise<boolean>,
  signal: AbortSignal,
): Promise<number> => {
  const made = client.createJob(ticket, new AbortController().signal)
  const stopped = Promise.withResolvers<never>()
  const stop = (): void => stopped.reject(signal.reason)
  signal.addEventListener('abort', stop)
  try {
    return await Promise.race([made, stopped.promise])
  } catch (error) {
    if (signal.aborted) made.then(cancel, () => undefined)
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

const isUnknown = (error: unknown): boolean =>
  error instanceof CommandError && error.code === 'unknown-outcome'

/** Once the document is on its way, a lost connection, or a stop, leaves open whether it will be printed. */
const handOver = async <T>(sending: Promise<T>, signal: AbortSignal): Promise<T> => {
  try {
    return await sending
  } catch (error) {
    if (error instanceof IppError && error.kind === 'status') throw error
    // What was seen of the job while it stood still.
    if (error instanceof CommandError && error !== signal.reason) throw error
    throw new CommandError('unknown-outcome', 'The printer fell silent while it got the document', {
      cause: ippFault(error),
    })
  }
}
