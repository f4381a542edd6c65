import { isDeepStrictEqual } from 'node:util'
import type { Choice } from './choice.ts'
import type { Surroundings } from './surroundings.ts'

/** What was chosen, and what it was chosen by. */
export interface Sighting {
  readonly choice: Choice
  readonly there: Surroundings
}

type Way = Choice['scanner'] | Choice['printer']

const isElsewhere = (before: Way, after: Way): boolean =>
  after.driver !== 'auto' && !isDeepStrictEqual(before, after)

/**
 * Whether something is found that was not chosen before: another model, or a way to a device. What is found no more is no
 * news: it may be switched off or slow, and its own driver says that best.
 */
export const showsMore = ({ choice: before }: Sighting, { choice: after }: Sighting): boolean =>
  (after.mfp !== undefined && after.mfp.slug !== before.mfp?.slug) ||
  isElsewhere(before.scanner, after.scanner) ||
  isElsewhere(before.printer, after.printer)

const scannerName = ({ choice, there }: Sighting): string | undefined =>
  there.escl.find(({ url }) => url === choice.scanner.url)?.makeAndModel

const printerName = ({ choice, there }: Sighting): string | undefined =>
  there.ipp.find(({ uri }) => uri === choice.printer.uri)?.makeAndModel

/**
 * Whether what was chosen is found at another place: a device that says the same make and model. Another model on the
 * shop's network may be somebody else's, and pages of the village must not come out there only because its own printer is
 * switched off.
 */
export const hasMoved = (before: Sighting, after: Sighting): boolean => {
  const names = [
    isElsewhere(before.choice.scanner, after.choice.scanner) && [scannerName(before), scannerName(after)],
    isElsewhere(before.choice.printer, after.choice.printer) && [printerName(before), printerName(after)],
  ].filter((pair) => pair !== false)
  return names.length > 0 && names.every(([was, is]) => is !== undefined && is === was)
}
