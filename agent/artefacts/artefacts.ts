import type { Readable } from 'node:stream'
import type { ScannedPage } from '../../protocol/capabilities/scanner.ts'

/** What a file is to the house; retention and rights follow from it. */
export type ArtefactKind = 'page' | 'document' | 'diagnostics'

/** A file that a command made, still on the terminal. */
export interface NewArtefact {
  readonly kind: ArtefactKind
  readonly mediaType: string
  /** The command that made it. */
  readonly command: string
  readonly bytes: Uint8Array | Readable
  /** A small JPEG that people see first, where there is one. */
  readonly preview?: Uint8Array
  /** What is known of a scanned page beside its id. */
  readonly page?: Omit<ScannedPage, 'artefact'>
}

/**
 * The terminal's files: sealed on its disk, sent to the fleet in the order preview, original; wiped once the fleet
 * has them. INVARIANT: an id given out by `keep` reaches the fleet even when the agent is killed right after.
 */
export interface Artefacts {
  /** A file will come soon: what sending it needs is made ready meanwhile. */
  expect?(): void
  /** Seals the file on disk (flushed) and begins to send it; resolves to its id, a UUID version 7. */
  keep(artefact: NewArtefact): Promise<string>
  /** Resolves when the fleet has all of these; rejects with the signal's reason. */
  delivered(ids: readonly string[], signal: AbortSignal): Promise<void>
  /** Brings a document of the fleet to a private file; `release` wipes it. Throws `CommandError`. */
  fetch(
    id: string,
    signal: AbortSignal,
  ): Promise<{ readonly file: string; readonly mediaType: string; release(): Promise<void> }>
}

/** One band of the page that is being scanned, made for a small picture of it. */
export interface PreviewBand {
  readonly page: number
  /** The first row of the band in the small picture. */
  readonly top: number
  readonly width: number
  readonly height: number
  /** The height of the whole small picture, where the device tells it before the end. */
  readonly pageHeight?: number
  readonly jpeg: Uint8Array
}

/** Where bands go to be seen while the scanner still moves; lossy on a bad link, never awaited by a scan. */
export interface LivePreview {
  show(command: string, band: PreviewBand): void
}
