import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { PrinterDescription } from '../../../protocol/capabilities/printer.ts'
import { CommandError } from '../../../protocol/errors.ts'
import type { JobState, JobStatus, PrintDriver, PrintJob } from './driver.ts'
import { causeOf, parseStateReasons } from './state-reason.ts'
import { endedBy } from './stopped-job.ts'

/** How a fake printer treats its jobs; a change also reaches the job that is in it. */
export interface FakePrinterBehaviour {
  /** `printer-state-reasons` for which it stands still. */
  readonly faults: readonly string[]
  /** How many sides come out before the faults hold it. */
  readonly sidesBeforeFault: number
  /** Whether a fault ends the job as aborted instead of holding it. */
  readonly aborts: boolean
  /** Time for one side, in milliseconds. */
  readonly sideMs: number
  /** Pages of every document it gets. */
  readonly pages: number
  /** Whether it does not answer at all. */
  readonly absent: boolean
}

/** A printer in memory that keeps the contract of `PrintDriver`, one job at a time. */
export interface FakePrinter extends PrintDriver {
  /** Every job that it began to print. */
  readonly jobs: readonly PrintJob[]
  behave(change: Partial<FakePrinterBehaviour>): void
}

const description: PrinterDescription = {
  makeAndModel: 'Fake printer',
  driver: 'fake',
  state: 'idle',
  reasons: [],
  formats: ['application/pdf', 'image/jpeg', 'image/pwg-raster'],
  colour: true,
  duplex: true,
  dpi: [300, 600],
  pagesPerMinute: 20,
  supplies: [{ name: 'Black Toner', type: 'toner', colour: 'black', level: 75 }],
  trays: [{ name: 'main', level: 250, capacity: 250 }],
}

/** `described` replaces parts of what the printer says of itself. */
export const createFakePrinter = (described: Partial<PrinterDescription> = {}): FakePrinter => {
  const self = { ...description, ...described }
  const changes = new EventEmitter().setMaxListeners(0)
  const jobs: PrintJob[] = []
  let printing = false
  let behaviour: FakePrinterBehaviour = {
    faults: [],
    sidesBeforeFault: 0,
    aborts: false,
    sideMs: 1,
    pages: 1,
    absent: false,
  }

  const demandPresence = (): void => {
    if (behaviour.absent) throw new CommandError('device-absent', 'The printer does not answer')
  }

  const run = async (
    job: PrintJob,
    signal: AbortSignal,
    show: (state: JobState, impressions: number, faults?: readonly string[]) => JobStatus,
  ): Promise<JobStatus> => {
    const sides = sidesOf(job, behaviour.pages)
    show('processing', 0)
    for (let done = 0; done < sides; ) {
      demandPresence()
      if (done >= behaviour.sidesBeforeFault && behaviour.faults.length > 0) {
        const { reasons } = show(behaviour.aborts ? 'aborted' : 'processing', done, behaviour.faults)
        if (behaviour.aborts) {
          throw new CommandError(causeOf(reasons) ?? 'device-fault', 'The printer ended the job')
        }
        await once(changes, 'behaviour', { signal })
        continue
      }
      await delay(behaviour.sideMs, undefined, { signal })
      done++
      show('processing', done)
    }
    return show('completed', sides)
  }

  return {
    jobs,
    behave(change) {
      behaviour = { ...behaviour, ...change }
      changes.emit('behaviour')
    },
    async describe(signal) {
      signal.throwIfAborted()
      demandPresence()
      return {
        ...self,
        state: printing ? 'processing' : 'idle',
        reasons: parseStateReasons(behaviour.faults),
      }
    },
    async print(job, signal, watch, accepted) {
      let last: JobStatus | undefined
      let id = 0
      const show = (state: JobState, impressions: number, faults: readonly string[] = []): JobStatus => {
        last = { job: id, state, jobReasons: [], impressions, reasons: parseStateReasons(faults) }
        watch(last)
        return last
      }
      let holding = false
      try {
        signal.throwIfAborted()
        demandPresence()
        demandSupport(job, self)
        while (printing) {
          show('pending', 0)
          await once(changes, 'free', { signal })
        }
        printing = holding = true
        await accepted()
        id = jobs.push(job)
        return await run(job, signal, show)
      } catch (error) {
        throw signal.aborted ? endedBy(signal, last) : error
      } finally {
        if (holding) {
          printing = false
          changes.emit('free')
        }
      }
    },
  }
}

const demandSupport = (job: PrintJob, printer: PrinterDescription): void => {
  if (!printer.formats.includes(job.mediaType)) {
    throw new CommandError('unsupported', `The printer takes no ${job.mediaType}`)
  }
  if (job.duplex !== 'none' && !printer.duplex) {
    throw new CommandError('unsupported', 'The printer does not print on both sides')
  }
}

const sidesOf = (job: PrintJob, pages: number): number => {
  const wanted =
    job.ranges.length === 0
      ? pages
      : job.ranges.reduce((sum, [first, last]) => sum + Math.max(0, Math.min(last, pages) - first + 1), 0)
  return wanted * job.copies
}
