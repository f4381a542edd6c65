import type { ScannerDescription } from '../../../protocol/capabilities/scanner.ts'
import { CommandError } from '../../../protocol/errors.ts'
import type { ScanJob } from './driver.ts'

/** Half a millimetre: devices round their lengths. */
const tolerance = 0.5

/**
 * Holds a job against what the device says it can do; nothing is rounded or changed in silence.
 * @throws CommandError `unsupported`
 */
export const checkScanJob = (job: ScanJob, description: ScannerDescription): void => {
  const limits = description.sources.find(({ source }) => source === job.source)
  const lacks = (what: string) => new CommandError('unsupported', `The scanner has no ${what}`)
  if (limits === undefined) throw lacks(job.source)
  if (!limits.dpi.includes(job.dpi)) throw lacks(`${job.dpi} dpi on its ${job.source}`)
  if (!limits.modes.includes(job.mode)) throw lacks(`${job.mode} mode on its ${job.source}`)
  if (job.area === undefined) return
  const { x, y, width, height } = job.area
  if (x + width > limits.width + tolerance || y + height > limits.height + tolerance) {
    throw new CommandError('unsupported', `The area is larger than the ${job.source}`)
  }
}
