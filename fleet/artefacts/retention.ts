import type { ArtefactRow } from '../store/schema.ts'

const day = 24 * 60 * 60 * 1000

/** How long each kind of file is kept before it erases itself, in milliseconds. */
export const retention: Readonly<Record<ArtefactRow['kind'], number>> = {
  page: 30 * day,
  document: 30 * day,
  diagnostics: 7 * day,
  // The guarantee of what was installed is argued about for years.
  acceptance: 5 * 365 * day,
}
