import { setTimeout as delay } from 'node:timers/promises'
import { CommandError, type ErrorCode } from '../../../protocol/errors.ts'
import { type IppAttributes, type IppClient, IppError, integers, strings } from '../../devices/ipp/ipp.ts'
import type { JobState, JobStatus } from './driver.ts'
import { printerState } from './ipp-description.ts'
import { ippFault, isBusy } from './ipp-fault.ts'
import { causeOf, parseStateReasons } from './state-reason.ts'

/** How a job is watched. */
export interface WatchOptions {
  /** Time between two looks at the job, in milliseconds. */
  readonly pollMs: number
  /** How long a printer with a job in it may be silent, in milliseconds. */
  readonly patienceMs: number
}

/** How often a stopped queue is started again for one job, and how many looks lie between. */
const mostResumes = 3
const looksBetweenResumes = 5

const jobStates: Readonly<Record<number, JobState>> = {
  3: 'pending',
  4: 'pending-held',
  5: 'processing',
  6: 'processing-stopped',
  7: 'canceled',
  8: 'aborted',
  9: 'completed',
}

/**
 * Looks at a job until it has ended well and resolves to its last status; `watch` gets each look. A queue that
 * stopped without a fault that people could mend is started again, a few times. `knownJam` says that the printer
 * showed a jam before the job. Throws a `CommandError` for a job that ended badly, `unknown-outcome` when the printer
 * has lost it, or the signal's reason.
 */
export const watchJob = async (
  client: IppClient,
  id: number,
  options: WatchOptions & { readonly knownJam: boolean },
  signal: AbortSignal,
  watch: (status: JobStatus) => void,
): Promise<JobStatus> => {
  const look = createPatientLook(() => lookAt(client, id, signal), options.patienceMs, signal)
  const queue = createResumer(client, signal)
  let before: JobStatus['reasons'] = []
  for (;;) {
    const seen = await look()
    if (seen) {
      const { status } = seen
      watch(status)
      if (status.state === 'completed') return cameOut(status, options.knownJam)
      if (hasEndedBadly(status)) throw badEnd(status, before)
      before = status.reasons
      await queue.look(seen)
    }
    await delay(options.pollMs, undefined, { signal })
  }
}

/**
 * Looks at a printer in which a document stands still on its way, until it answers; `watch` gets the look. A printer
 * without paper or with an open cover reads nothing, and is waited for. Without an `id` the job has no number yet.
 * Throws as {@link watchJob} does.
 */
export const watchStill = (
  client: IppClient,
  id: number | undefined,
  { pollMs, patienceMs }: WatchOptions,
  watch: (status: JobStatus) => void,
) => {
  let before: JobStatus['reasons'] = []
  return async (signal: AbortSignal): Promise<void> => {
    const lookNow = async () =>
      id === undefined ? await lookAtPrinter(client, signal) : (await lookAt(client, id, signal)).status
    const look = createPatientLook(lookNow, patienceMs, signal)
    let status = await look()
    while (status === undefined) {
      await delay(pollMs, undefined, { signal })
      status = await look()
    }
    signal.throwIfAborted()
    watch(status)
    if (hasEndedBadly(status)) throw badEnd(status, before)
    before = status.reasons
  }
}

const hasEndedBadly = ({ state }: JobStatus): boolean => state === 'canceled' || state === 'aborted'

/**
 * A job that is called completed. CUPS says that also of one whose printer ended it before CUPS first looked; a jam
 * that was not there before tells otherwise, and is thrown.
 */
export const cameOut = (status: JobStatus, knownJam: boolean): JobStatus => {
  if (causeOf(status.reasons) !== 'jam' || knownJam) return status
  throw new CommandError('jam', 'The job is called completed, but the printer is jammed since')
}

interface Look {
  readonly status: JobStatus
  readonly stopped: boolean
}

/** Looks as `look` does; to no answer it gives `undefined` as long as the patience lasts. */
const createPatientLook = <T>(look: () => Promise<T>, patienceMs: number, signal: AbortSignal) => {
  let answered = performance.now()
  return async (): Promise<T | undefined> => {
    try {
      const seen = await look()
      answered = performance.now()
      return seen
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof IppError && /not-found|gone/.test(error.status ?? '')) {
        throw new CommandError('unknown-outcome', 'The printer no longer knows the job', { cause: error })
      }
      // One that has no time for the question is there.
      if (isBusy(error)) answered = performance.now()
      if (performance.now() - answered < patienceMs) return undefined
      throw new CommandError('unknown-outcome', 'The printer fell silent with the job in it', {
        cause: ippFault(error),
      })
    }
  }
}

/** How a job and its printer stand now. Throws an `IppError`. */
export const lookAt = async (client: IppClient, id: number, signal: AbortSignal): Promise<Look> => {
  const job = await client.getJobAttributes(
    id,
    ['job-state', 'job-state-reasons', 'job-impressions-completed', 'job-media-sheets-completed'],
    signal,
  )
  const printer = await client.getPrinterAttributes(['printer-state', 'printer-state-reasons'], signal)
  return { status: statusOf(id, job, printer), stopped: printerState(printer) === 'stopped' }
}

/** How a printer stands to a job that has no number yet. Throws an `IppError`. */
export const lookAtPrinter = async (client: IppClient, signal: AbortSignal): Promise<JobStatus> => {
  const printer = await client.getPrinterAttributes(['printer-state-reasons'], signal)
  const reasons = parseStateReasons(strings(printer, 'printer-state-reasons'))
  return { job: 0, state: 'pending', jobReasons: [], impressions: 0, reasons }
}

const statusOf = (id: number, job: IppAttributes, printer: IppAttributes): JobStatus => {
  const state = jobStates[integers(job, 'job-state')[0] ?? 0]
  if (state === undefined) throw new IppError('malformed', 'The printer does not tell the state of the job')
  const done = ['job-impressions-completed', 'job-media-sheets-completed'].map(
    (name) => integers(job, name)[0] ?? 0,
  )
  return {
    job: id,
    state,
    jobReasons: strings(job, 'job-state-reasons')
      .filter((reason) => reason !== 'none')
      .map((reason) => reason.slice(0, 100))
      .slice(0, 50),
    impressions: Math.max(0, ...done),
    reasons: parseStateReasons(strings(printer, 'printer-state-reasons')),
  }
}

/** Starts a stopped queue again. A printer that waits for paper or hands goes on by itself and is left alone. */
const createResumer = (client: IppClient, signal: AbortSignal) => {
  let resumes = 0
  let looks = looksBetweenResumes
  return {
    async look({ status, stopped }: Look): Promise<void> {
      looks++
      const paused = status.reasons.some(({ reason }) => reason === 'paused')
      if (!stopped || !(paused || causeOf(status.reasons) === undefined)) return
      if (looks <= looksBetweenResumes) return
      if (resumes === mostResumes) {
        throw new CommandError('device-fault', 'The print queue stops again and again')
      }
      resumes++
      looks = 0
      await client.resumePrinter(signal).catch((error: unknown) => {
        signal.throwIfAborted()
        if (!(error instanceof IppError)) throw error
      })
    },
  }
}

/** Why a job ended badly. Some printers drop their reasons together with the job: then those before count. */
const badEnd = (status: JobStatus, before: JobStatus['reasons']): CommandError => {
  if (status.jobReasons.some((reason) => reason.startsWith('job-canceled-'))) {
    return new CommandError('cancelled', 'The job was cancelled at the printer')
  }
  const code = causeOf(status.reasons.length > 0 ? status.reasons : before) ?? documentCause(status)
  if (code !== undefined) return new CommandError(code, `The printer ended the job: ${words(status)}`)
  // A CUPS queue cancels the job that its printer has aborted.
  return status.state === 'canceled'
    ? new CommandError('cancelled', 'The job was cancelled at the printer')
    : new CommandError('device-fault', `The printer ended the job: ${words(status)}`)
}

const documentCause = (status: JobStatus): ErrorCode | undefined => {
  if (status.jobReasons.includes('unsupported-document-format')) return 'unsupported'
  return status.jobReasons.includes('document-format-error') ? 'invalid' : undefined
}

const words = (status: JobStatus): string =>
  [...status.reasons.map(({ reason }) => reason), ...status.jobReasons].slice(0, 5).join(', ') ||
  'no reason given'
