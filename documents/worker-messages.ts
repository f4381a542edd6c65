import type { DocumentErrorKind } from './document-error.ts'
import type { FinishedPage, PageJob } from './page.ts'
import type { RawFormat } from './raw-page.ts'

/** What a parent tells its page worker. The rows of a page follow `page` as bytes. */
export type ToWorker =
  | { readonly type: 'job'; readonly job: PageJob }
  | { readonly type: 'page'; readonly format: RawFormat }
  | { readonly type: 'end' }

/** What a page worker tells its parent. The bytes follow, in the order in which their lengths stand. */
export type FromWorker =
  | {
      readonly type: 'band'
      /** The page that it is of, counted from 0. */
      readonly page: number
      readonly top: number
      readonly width: number
      readonly height: number
      readonly pageHeight?: number
      readonly bytes: number
    }
  | {
      /** The beginning of a page's file, or what follows the part before. */
      readonly type: 'part'
      readonly page: number
      readonly bytes: number
    }
  | ({
      readonly type: 'page'
      /** What is left of its file. */
      readonly bytes: number
      readonly preview: number
      /** The most memory that the worker ever had, in KiB (VmHWM). */
      readonly peakKiB: number
    } & Omit<FinishedPage, 'bytes' | 'preview'>)
  | { readonly type: 'failed'; readonly kind: DocumentErrorKind; readonly text: string }
