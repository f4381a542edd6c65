import { EsclError } from './error.ts'
import { child, childrenOf, numberOf, parseXml, textOf, type XmlElement } from './xml.ts'

/** `State` keywords of `ScannerStatus`. */
export const scannerStates = ['Idle', 'Processing', 'Testing', 'Stopped', 'Down'] as const
export type ScannerState = (typeof scannerStates)[number]

/** `AdfState` keywords of `ScannerStatus`. */
export const adfStates = [
  'ScannerAdfProcessing',
  'ScannerAdfEmpty',
  'ScannerAdfLoaded',
  'ScannerAdfJam',
  'ScannerAdfMispick',
  'ScannerAdfHatchOpen',
  'ScannerAdfMultipickDetected',
  'ScannerAdfDuplexPageTooShort',
  'ScannerAdfDuplexPageTooLong',
  'ScannerAdfInputTrayFailed',
  'ScannerAdfInputTrayOverloaded',
] as const
export type AdfState = (typeof adfStates)[number]

/** `JobState` keywords of `JobInfo`. */
export const jobStates = ['Pending', 'Processing', 'Completed', 'Canceled', 'Aborted'] as const
export type JobState = (typeof jobStates)[number]

/** What the device says of one job. */
export interface JobInfo {
  readonly uri: string
  readonly state: JobState | 'Unknown'
  readonly imagesCompleted?: number
  readonly imagesToTransfer?: number
  readonly reasons: readonly string[]
}

/** `ScannerStatus` as a typed value; keywords that are not known read as `Unknown`. */
export interface ScannerStatus {
  readonly state: ScannerState | 'Unknown'
  /** Absent where the device has no feeder or does not tell. */
  readonly adfState?: AdfState | 'Unknown'
  readonly jobs: readonly JobInfo[]
}

const maxJobs = 100
const maxReasons = 20

/** Reads `ScannerStatus`. Throws `EsclError` (`malformed`, `too-large`). */
export const parseStatus = (document: string): ScannerStatus => {
  const root = parseXml(document)
  if (root.name !== 'ScannerStatus') throw new EsclError('malformed', 'The device sent no ScannerStatus')
  const adfState = textOf(root, 'AdfState')
  return {
    state: keyword(scannerStates, textOf(root, 'State')),
    ...(adfState === undefined ? {} : { adfState: keyword(adfStates, adfState) }),
    jobs: childrenOf(child(root, 'Jobs'), 'JobInfo').slice(0, maxJobs).map(readJob),
  }
}

const readJob = (job: XmlElement): JobInfo => {
  const imagesCompleted = numberOf(job, 'ImagesCompleted')
  const imagesToTransfer = numberOf(job, 'ImagesToTransfer')
  return {
    uri: textOf(job, 'JobUri', 1024) ?? '',
    state: keyword(jobStates, textOf(job, 'JobState')),
    ...(imagesCompleted === undefined ? {} : { imagesCompleted }),
    ...(imagesToTransfer === undefined ? {} : { imagesToTransfer }),
    reasons: childrenOf(child(job, 'JobStateReasons'), 'JobStateReason')
      .slice(0, maxReasons)
      .map((reason) => reason.text.slice(0, 100)),
  }
}

const keyword = <K extends string>(known: readonly K[], text: string | undefined): K | 'Unknown' =>
  known.find((one) => one === text) ?? 'Unknown'
