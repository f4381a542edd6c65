import type { FinishedPage, PageJob } from '../../../documents/page.ts'
import type { Duplex, PrinterDescription } from '../../../protocol/capabilities/printer.ts'
import type { ScanMode, ScannerDescription, ScanSource } from '../../../protocol/capabilities/scanner.ts'
import type { CommandContext } from '../../capability.ts'

/** What a copier needs of a scanner. All of it throws `CommandError`. */
export interface CopySource {
  describe(signal: AbortSignal): Promise<ScannerDescription>
  /** Calls `finished` for one page after the other, while the next ones are scanned. */
  scan(
    job: { readonly source: ScanSource; readonly dpi: number; readonly mode: ScanMode },
    pages: PageJob,
    watch: {
      began(page: number): void
      band(): void
      finished(page: number, finished: FinishedPage): Promise<void>
    },
    signal: AbortSignal,
  ): Promise<void>
}

/** What a copier needs of a printer. All of it throws `CommandError`. */
export interface CopyTarget {
  describe(signal: AbortSignal): Promise<PrinterDescription>
  /** Resolves when the last side is out; awaits `effectBegins` before the printer gets the first byte. */
  print(
    file: string,
    mediaType: string,
    options: { readonly copies?: number; readonly duplex?: Duplex; readonly colour?: boolean },
    context: Pick<CommandContext, 'id' | 'signal' | 'progress' | 'effectBegins'>,
  ): Promise<{ readonly impressions: number }>
}
