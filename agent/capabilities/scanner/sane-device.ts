import type { ScannerDescription, ScanSourceLimits } from '../../../protocol/capabilities/scanner.ts'
import { CommandError } from '../../../protocol/errors.ts'
import type { OptionValue } from '../../devices/sane/option.ts'
import type { SaneSession } from '../../devices/sane/session.ts'
import { SaneError } from '../../devices/sane/status.ts'
import type { ScanJob } from './driver.ts'
import { checkScanJob } from './limits.ts'
import {
  areaOf,
  limitsOf,
  lookedAt,
  modesOf,
  optionNames,
  resolutionOf,
  sourcesOf,
  usable,
} from './sane-options.ts'
import { type SaneWords, saneWords } from './sane-words.ts'

/** Which scanner, and what its model needs. */
export interface SaneModel {
  /** As SANE names it, like `test:0`; the first that SANE finds by default. */
  readonly device?: string
  /** The model's words where ours are not enough. */
  readonly words?: Partial<SaneWords>
  /** Set on the device before each scan, in this order. */
  readonly options?: Readonly<Record<string, OptionValue>>
  /** In millimetres, where the device claims more glass than it has. */
  readonly maxArea?: { readonly width: number; readonly height: number }
}

/** A device that was asked for everything, and the name by which SANE opens it again. */
export interface KnownDevice {
  readonly name: string
  readonly description: ScannerDescription
}

const absentAtOpen: ReadonlySet<string> = new Set(['INVAL', 'IO_ERROR', 'UNSUPPORTED'])

const wordsOf = (model: SaneModel): SaneWords => ({ ...saneWords, ...model.words })

/** Opens a device; one that does not open is `device-absent`. */
export const openDevice = async (session: SaneSession, name: string): Promise<void> => {
  try {
    await session.open(name)
  } catch (thrown) {
    if (!(thrown instanceof SaneError && absentAtOpen.has(thrown.status))) throw thrown
    throw new CommandError('device-absent', 'The scanner does not answer', { cause: thrown })
  }
}

/** Finds and opens the device and asks it for everything; the session then stands ready to scan. */
export const describeDevice = async (session: SaneSession, model: SaneModel): Promise<KnownDevice> => {
  const words = wordsOf(model)
  const devices = await session.devices()
  const found = model.device === undefined ? devices[0] : devices.find(({ name }) => name === model.device)
  const name = found?.name ?? model.device
  if (name === undefined) throw new CommandError('device-absent', 'No scanner is connected')
  await openDevice(session, name)
  const sources: ScanSourceLimits[] = []
  for (const [source, word] of sourcesOf(await session.options(lookedAt), words)) {
    if (word !== undefined) await session.set(optionNames.source, word)
    const options = await session.options(lookedAt)
    const dpi = await resolutionOf(options, session)
    sources.push(limitsOf(source, options, words, dpi, model.maxArea))
  }
  const description: ScannerDescription = {
    vendor: (found?.vendor ?? '').slice(0, 200),
    model: (found?.model || name).slice(0, 200),
    driver: 'sane',
    sources,
  }
  return { name, description }
}

/** Sets an open device for the job; throws `unsupported` before anything moves. */
export const prepareScan = async (
  session: SaneSession,
  { description }: KnownDevice,
  job: ScanJob,
  model: SaneModel,
): Promise<void> => {
  checkScanJob(job, description)
  const words = wordsOf(model)
  let options = await session.options(lookedAt)
  // The child takes calls in their order: none needs to wait for the answer to the one before. An option may change
  // the others, which a driver does not always tell (`SANE_INFO_RELOAD_OPTIONS`), so all are read again.
  const setAll = async (settings: readonly (readonly [string, OptionValue])[]): Promise<void> => {
    if (settings.length === 0) return
    const taken = settings.map(([name, value]) => session.set(name, value))
    ;[options] = await Promise.all([session.options(lookedAt), ...taken])
  }
  const source = sourcesOf(options, words).get(job.source)
  if (source !== undefined) await setAll([[optionNames.source, source]])
  const mode = modesOf(options, words).get(job.mode)
  if (mode !== undefined) await setAll([[optionNames.mode, mode.word]])
  // 16 bits of a sample are more than a page needs; many devices follow the mode and have no such option.
  const hasDepth = mode !== undefined && usable(options, optionNames.depth) !== undefined
  await setAll([
    ...(hasDepth ? [[optionNames.depth, mode.depth] as const] : []),
    ...Object.entries(model.options ?? {}),
    [optionNames.resolution, job.dpi],
  ])
  const glass = description.sources.find((one) => one.source === job.source)
  const area = job.area ?? { x: 0, y: 0, width: glass?.width ?? 0, height: glass?.height ?? 0 }
  const edges = areaOf(options, area, job.dpi)
  await Promise.all(edges.map(({ name, value, tolerance }) => session.set(name, value, tolerance)))
}
