import type { StateReason } from '../../../protocol/capabilities/printer.ts'
import type { ErrorCode } from '../../../protocol/errors.ts'

/** Takes the severity off a `printer-state-reasons` keyword; without one it is an error (RFC 8011 5.4.12). */
export const parseStateReason = (keyword: string): StateReason => {
  const [, reason = keyword, severity = 'error'] = /^(.+)-(report|warning|error)$/.exec(keyword) ?? []
  return { reason: reason.slice(0, 100), severity: severity as StateReason['severity'] }
}

/** What is no complaint: `none`, and what a CUPS queue says of itself while it waits for its printer. */
const noReasons: ReadonlySet<string> = new Set(['', 'none', 'cups-waiting-for-job-completed'])

/** Every reason in `printer-state-reasons`. */
export const parseStateReasons = (keywords: readonly string[]): StateReason[] =>
  keywords
    .filter((keyword) => !noReasons.has(keyword))
    .slice(0, 50)
    .map(parseStateReason)

/** What keeps paper from coming out, the worst first: keywords of RFC 8011 5.4.12 and PWG 5100.9. */
const causes: readonly (readonly [ErrorCode, RegExp])[] = [
  ['jam', /(^|-)jam$/],
  ['cover-open', /^(.+-)?(cover|door|interlock)-open$/],
  ['no-paper', /^(.+-)?(media-empty|media-needed|media-tray-empty|input-tray-missing)$/],
  ['supply-empty', /^(.+-)?(toner|ink|marker-supply|developer|opc)(-[a-z]+)?-(empty|missing|exhausted)$/],
]

/**
 * The error code of the reason that stops the printer; `undefined` when none of its reasons would. Severity does not
 * count: printers differ in it, and some turn an error into a report once the job is gone.
 */
export const causeOf = (reasons: readonly StateReason[]): ErrorCode | undefined =>
  causes.find(([, pattern]) => reasons.some(({ reason }) => pattern.test(reason)))?.[0]
