import type { ScannerDescription, ScanSourceLimits } from '../../../protocol/capabilities/scanner.ts'
import { CommandError } from '../../../protocol/errors.ts'
import type { Finding } from '../../capability.ts'
import type { ScanDriver, ScanJob } from './driver.ts'

/** Enough of the glass to see whether the lamp shines, and soon over; in millimetres. */
const stripHeight = 20
/** Of 255. A glass under an open lid is brighter than that in a lit shop, one under a dark lamp is not. */
const leastBrightness = 16

const stripOf = ({ source, dpi, modes, width, height }: ScanSourceLimits): ScanJob | undefined => {
  const mode = (['grey', 'colour'] as const).find((one) => modes.includes(one))
  if (source !== 'flatbed' || mode === undefined || dpi.length === 0) return undefined
  const area = { x: 0, y: 0, width, height: Math.min(stripHeight, height) }
  return { source, mode, dpi: Math.min(...dpi), area }
}

/** The brightest value of a strip and the mean of all, of 255. */
const brightnessOf = async (driver: ScanDriver, job: ScanJob, signal: AbortSignal) => {
  let [sum, count, brightest] = [0, 0, 0]
  for await (const { rows } of driver.scan(job, signal)) {
    for await (const piece of rows) {
      count += piece.length
      for (const value of piece) {
        sum += value
        if (value > brightest) brightest = value
      }
    }
  }
  return { brightest, mean: count === 0 ? 0 : sum / count }
}

/**
 * Whether the lamp of a scanner shines: a strip of its glass at the lowest resolution, which is looked at and kept
 * nowhere. `undefined` where it has no glass, so that nothing moves. Throws what the driver throws, but for `busy`:
 * somebody uses it at the device itself.
 */
export const lampTest = async (
  driver: ScanDriver,
  { sources }: Pick<ScannerDescription, 'sources'>,
  signal: AbortSignal,
): Promise<Finding | undefined> => {
  const [job] = sources.flatMap((source) => stripOf(source) ?? [])
  if (!job) return undefined
  const since = performance.now()
  try {
    const { brightest, mean } = await brightnessOf(driver, job, signal)
    const took = Math.round(performance.now() - since)
    const seen = `a strip at ${job.dpi} dpi in ${took} ms, brightness ${Math.round(mean)} of 255`
    if (brightest >= leastBrightness) return { ok: true, detail: seen }
    return { ok: false, detail: `${seen}: the lamp is dark` }
  } catch (thrown) {
    if (!(thrown instanceof CommandError) || thrown.code !== 'busy') throw thrown
    return { ok: true, busy: true, detail: 'is used at the device itself' }
  }
}
