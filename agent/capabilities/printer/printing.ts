import type { Duplex, PrinterDescription } from '../../../protocol/capabilities/printer.ts'
import type { CommandContext } from '../../capability.ts'

/** How a document shall look on paper. */
export interface PrintOptions {
  readonly copies?: number
  readonly duplex?: Duplex
  /** As in `1-3,5`; every page when absent. */
  readonly pages?: string
  /** False prints grey. */
  readonly colour?: boolean
}

/** Printing by the printer's rules, for the printer's own commands and for the copier. */
export interface Printing {
  /** What the printer is, can do and says of itself now. */
  describe(signal: AbortSignal): Promise<PrinterDescription>
  /**
   * Prints a file of this terminal: checks it, converts it when the printer lacks its format, and follows the job.
   * Awaits `effectBegins` before the printer gets the first byte. Throws `CommandError`.
   */
  print(
    file: string,
    mediaType: string,
    options: PrintOptions,
    context: Pick<CommandContext, 'id' | 'signal' | 'progress' | 'effectBegins'>,
  ): Promise<{ readonly job: number; readonly impressions: number }>
}

/** A document to be drawn for a printer that takes raster only. */
export interface RasterRequest {
  readonly mediaType: PrintableType
  readonly dpi: number
  readonly colour: boolean
  /** Inclusive page ranges, counted from 1; all pages when empty. */
  readonly ranges: readonly (readonly [number, number])[]
  readonly duplex: Duplex
  /** The file to write: PWG raster (PWG 5102.4). */
  readonly out: string
}

/** Work on documents that printing needs. Both throw `CommandError` (`invalid`, `refused`, `unsupported`). */
export interface PrintPreparation {
  /** The gate for PDFs from outside. */
  checkPdf(file: string, signal: AbortSignal): Promise<{ readonly pages: number }>
  rasterise(file: string, request: RasterRequest, signal: AbortSignal): Promise<{ readonly pages: number }>
}

/** What a terminal prints. */
export const printableTypes = ['application/pdf', 'image/jpeg', 'image/png'] as const
export type PrintableType = (typeof printableTypes)[number]

/** Whether a media type is one of them. */
export const isPrintable = (mediaType: string): mediaType is PrintableType =>
  (printableTypes as readonly string[]).includes(mediaType)
