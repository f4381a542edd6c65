import type { Duplex, PrinterDescription, StateReason } from '../../../protocol/capabilities/printer.ts'

/** A document as the printer shall get it: a file on this terminal in one of the formats below. */
export interface PrintJob {
  readonly file: string
  readonly mediaType: 'application/pdf' | 'image/jpeg' | 'image/png' | 'image/pwg-raster'
  /** At most 255 bytes; holds no personal data. */
  readonly name: string
  readonly copies: number
  readonly duplex: Duplex
  /** Inclusive page ranges, counted from 1; all pages when empty. */
  readonly ranges: readonly (readonly [number, number])[]
  readonly colour: boolean
}

/** `job-state` of RFC 8011 5.3.7. */
export type JobState =
  | 'pending'
  | 'pending-held'
  | 'processing'
  | 'processing-stopped'
  | 'canceled'
  | 'aborted'
  | 'completed'

/** What is known of a job while it is in the printer. */
export interface JobStatus {
  readonly job: number
  readonly state: JobState
  /** `job-state-reasons` keywords. */
  readonly jobReasons: readonly string[]
  /** Sides printed so far. */
  readonly impressions: number
  /** `printer-state-reasons`: why it stands still, where it does. */
  readonly reasons: readonly StateReason[]
}

/**
 * A way to reach a printer. Throws `CommandError` only: `device-absent` when it does not answer, `busy` when it
 * takes no job now, and when a job ends badly `jam`, `no-paper`, `cover-open`, `supply-empty`, `device-fault`.
 */
export interface PrintDriver {
  /** What the printer is, can do and says of itself now. */
  describe(signal: AbortSignal): Promise<PrinterDescription>
  /**
   * Hands the job to the printer, calls `watch` on each change and resolves when the last side is out. `accepted`
   * is awaited before the printer gets the first byte, so that a caller can record that an effect begins. An aborted
   * signal cancels the job in the printer; the promise then rejects with the signal's reason.
   */
  print(
    job: PrintJob,
    signal: AbortSignal,
    watch: (status: JobStatus) => void,
    accepted: () => Promise<void>,
  ): Promise<JobStatus>
}
