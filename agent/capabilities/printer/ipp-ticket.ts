import { CommandError } from '../../../protocol/errors.ts'
import { type IppAttributes, type IppValue, type JobRequest, strings } from '../../devices/ipp/ipp.ts'
import type { PrintJob } from './driver.ts'
import { mergePageRanges } from './page-ranges.ts'

/** What is asked of a printer before it gets a job. */
export const ticketAttributes: readonly string[] = [
  'operations-supported',
  'printer-state-reasons',
  'document-format-supported',
  'copies-supported',
  'sides-supported',
  'page-ranges-supported',
  'print-color-mode-supported',
  'media-supported',
]

const sides = {
  none: 'one-sided',
  'long-edge': 'two-sided-long-edge',
  'short-edge': 'two-sided-short-edge',
} as const

/** The paper in every terminal (PWG 5101.1). */
const paper = 'iso_a4_210x297mm'

/**
 * The job in the printer's words. Throws `unsupported` for what the printer lacks: nothing is silently printed
 * otherwise than it was asked for, but colour on a printer without, which is grey.
 */
export const ticketFor = (job: PrintJob, printer: IppAttributes): JobRequest => {
  if (!supports(printer, 'document-format-supported', job.mediaType)) {
    throw new CommandError('unsupported', `The printer takes no ${job.mediaType}`)
  }
  const template = new Map<string, IppValue[]>()
  if (job.copies > 1) {
    if (job.copies > mostCopies(printer)) {
      throw new CommandError(
        'unsupported',
        `The printer makes at most ${mostCopies(printer)} copies of a job`,
      )
    }
    template.set('copies', [{ tag: 'integer', value: job.copies }])
  }
  if (supports(printer, 'sides-supported', sides[job.duplex])) {
    template.set('sides', [{ tag: 'keyword', value: sides[job.duplex] }])
  } else if (job.duplex !== 'none') {
    throw new CommandError('unsupported', 'The printer does not print on both sides')
  }
  if (job.ranges.length > 0) {
    if (printer.get('page-ranges-supported')?.[0]?.value !== true) {
      throw new CommandError('unsupported', 'The printer does not print a part of a document')
    }
    template.set(
      'page-ranges',
      mergePageRanges(job.ranges).map(([lower, upper]) => ({
        tag: 'rangeOfInteger',
        value: { lower, upper },
      })),
    )
  }
  // A monochrome printer may reject a document in colour unless it is told to print grey.
  const mode = ['color', 'auto'].find((name) => supports(printer, 'print-color-mode-supported', name))
  const colourMode = job.colour && mode !== undefined ? mode : 'monochrome'
  if (supports(printer, 'print-color-mode-supported', colourMode)) {
    template.set('print-color-mode', [{ tag: 'keyword', value: colourMode }])
  }
  if (supports(printer, 'media-supported', paper)) template.set('media', [{ tag: 'keyword', value: paper }])
  return { name: job.name, format: job.mediaType, template }
}

const supports = (printer: IppAttributes, attribute: string, value: string): boolean =>
  strings(printer, attribute).includes(value)

const mostCopies = (printer: IppAttributes): number => {
  const supported = printer.get('copies-supported')?.[0]
  return supported?.tag === 'rangeOfInteger' ? supported.value.upper : 1
}
