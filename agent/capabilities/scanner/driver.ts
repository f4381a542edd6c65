import type {
  ScanArea,
  ScanMode,
  ScannerDescription,
  ScanSource,
} from '../../../protocol/capabilities/scanner.ts'

/** One scan as the device shall do it: `dpi`, `mode` and `area` are among what it described. */
export interface ScanJob {
  readonly source: ScanSource
  readonly dpi: number
  readonly mode: ScanMode
  /** In millimetres; the whole glass when absent. */
  readonly area?: ScanArea
}

/** The pixels of one page: rows from the top, without padding between them. */
export interface PageFormat {
  readonly width: number
  /** Unknown (`undefined`) where the device tells it only at the end of the page. */
  readonly height: number | undefined
  /** 3 is RGB, 1 is grey. */
  readonly channels: 1 | 3
  /** 8, or 1 for black-and-white: eight pixels a byte, the first in the highest bit, a set bit is black. */
  readonly bits: 1 | 8
  /** What the device really scanned with. */
  readonly dpi: number
}

/** A page while it is being scanned. */
export interface PageScan {
  readonly format: PageFormat
  /**
   * The rows in pieces of any size as the device gives them. Ends only when the page is complete; throws
   * `CommandError` (`truncated`, `jam`, `cover-open`, …) when it is not.
   */
  readonly rows: AsyncIterable<Uint8Array>
}

/**
 * A way to reach a scanner. Both methods throw `CommandError` only: `device-absent` when it does not answer,
 * `busy` when another program holds it, `device-fault` when its driver crashed or hung.
 */
export interface ScanDriver {
  /** What the device says it is and can do. */
  describe(signal: AbortSignal): Promise<ScannerDescription>
  /**
   * Scans one page from the flatbed, or every page in the feeder. Throws `unsupported` before anything moves when
   * the job asks for what the device lacks, and `no-document` when the feeder is empty. An aborted signal stops the
   * device within a second; the iteration then throws the signal's reason. Leaving the iteration early stops it too.
   */
  scan(job: ScanJob, signal: AbortSignal): AsyncIterable<PageScan>
}
