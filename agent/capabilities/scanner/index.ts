import type { Logger } from 'pino'
import type { PageJob } from '../../../documents/page.ts'
import type {
  ScanInput,
  ScannedPage,
  ScannerDescription,
  ScanOutput,
} from '../../../protocol/capabilities/scanner.ts'
import { type CleanUp, type Configuration, defaultConfiguration } from '../../../protocol/configuration.ts'
import { CommandError } from '../../../protocol/errors.ts'
import type { CapabilityReport } from '../../../protocol/messages.ts'
import type { Artefacts, LivePreview } from '../../artefacts/artefacts.ts'
import type { Capability, CommandContext } from '../../capability.ts'
import { beginDocument } from './document.ts'
import type { ScanDriver, ScanJob } from './driver.ts'
import { lampTest } from './lamp.ts'
import { checkScanJob } from './limits.ts'
import { createScanning, type PageWorker, type Scanning } from './scanning.ts'

/** What scans need of the terminal's files. */
export type ScanArtefacts = Pick<Artefacts, 'keep' | 'expect'>

/** What the scanner's rules work with. */
export interface ScannerParts {
  readonly driver: ScanDriver
  readonly artefacts: ScanArtefacts
  readonly live: LivePreview
  readonly logger: Logger
  /** The program for image work, where it is not the one in `documents/`: a bundle has its own. */
  readonly pageWorker?: PageWorker
  /** What a scan is that does not say it, and how good its live pictures are; the default unless told. */
  readonly wishes?: () => Pick<Configuration, 'scan' | 'uplink'>
  /** The largest PDF, in bytes; the largest artefact unless told. */
  readonly mostDocumentBytes?: number
}

/** The scanner of a terminal, and its scanning for the copier to use. */
export const scannerCapability = (
  parts: ScannerParts,
): Capability<'scanner'> & {
  readonly scanning: Scanning
  describe(signal: AbortSignal): Promise<ScannerDescription>
} => {
  const { logger, wishes = () => defaultConfiguration } = parts
  let known: ScannerDescription | undefined
  let running = 0
  let testing: { readonly stop: AbortController; readonly over: Promise<unknown> } | undefined
  const describe = async (signal: AbortSignal): Promise<ScannerDescription> => {
    // A second session would disturb a device that is at work.
    if (running > 0 && known !== undefined) return known
    try {
      known = await parts.driver.describe(signal)
    } catch (thrown) {
      known = undefined
      throw thrown
    }
    return known
  }
  const bare = createScanning(parts.driver, parts.pageWorker)
  const scanning: Scanning = {
    scan: async (job, pages, watch, signal) => {
      running += 1
      try {
        if (testing) {
          testing.stop.abort(new CommandError('cancelled', 'Somebody scans'))
          await testing.over
        }
        // A driver that is not known yet looks for itself before anything moves.
        if (known !== undefined) checkScanJob(job, known)
        await bare.scan(job, pages, watch, signal)
      } catch (thrown) {
        // What is known of a device that failed may no longer be true.
        known = undefined
        throw thrown
      } finally {
        running -= 1
      }
    },
  }
  const testLamp = async (signal: AbortSignal) => {
    const description = known ?? (await describe(signal))
    const stop = new AbortController()
    const test = lampTest(parts.driver, description, AbortSignal.any([signal, stop.signal]))
    const over = test.catch(() => undefined)
    running += 1
    testing = { stop, over }
    try {
      return await test
    } finally {
      running -= 1
      testing = undefined
    }
  }
  return {
    name: 'scanner',
    scanning,
    describe,
    handlers: {
      'scanner.describe': (_input, { signal }) => describe(signal),
      'scanner.scan': (input, context) => scan(wholeInput(input, wishes()), context, scanning, parts),
    },
    start: async () => undefined,
    stop: async () => undefined,
    test: testLamp,
    report: async (signal) => {
      try {
        return { present: true, ok: true, scanner: await describe(signal) }
      } catch (thrown) {
        return reportFault(CommandError.from(thrown), logger)
      }
    },
  }
}

const reportFault = (error: CommandError, logger: Logger): CapabilityReport => {
  logger.debug({ error }, 'the scanner does not describe itself')
  const present = error.code !== 'device-absent'
  return { present, ok: error.code === 'busy', detail: error.message.slice(0, 200) }
}

/** A scan of which everything is said. */
type WholeScan = Required<Omit<ScanInput, 'area' | 'clean'>> &
  Pick<ScanInput, 'area' | 'clean'> & { readonly bandQuality: number }

/** Pages are straightened where nothing is said of them. */
const cleanOf: Readonly<Record<CleanUp, { readonly clean?: boolean }>> = {
  off: { clean: false },
  straighten: {},
  full: { clean: true },
}

const wholeInput = (
  input: ScanInput,
  { scan, uplink }: Pick<Configuration, 'scan' | 'uplink'>,
): WholeScan => {
  const { clean, ...rest } = scan
  return { ...rest, ...cleanOf[clean], ...input, bandQuality: uplink.previewQuality }
}

/** How the pages of a scan are written; in a PDF black-and-white is G4, everything else JPEG. */
const pageJob = ({ format, mode, clean, bandQuality }: WholeScan): PageJob => {
  const blackwhite = mode === 'blackwhite'
  const written = format === 'pdf' ? (blackwhite ? 'tiff' : 'jpeg') : format
  const encoding = written === 'tiff' && blackwhite ? 'g4' : written
  return { encoding, blackwhite, bandQuality, ...(clean === undefined ? {} : { clean }) }
}

const scanJob = ({ source, dpi, mode, area }: WholeScan): ScanJob => ({
  source,
  dpi,
  mode,
  ...(area === undefined ? {} : { area }),
})

const scan = async (
  input: WholeScan,
  { id, signal, progress }: CommandContext,
  scanning: Scanning,
  { artefacts, live, mostDocumentBytes }: ScannerParts,
): Promise<ScanOutput> => {
  const pages: ScannedPage[] = []
  const document = input.format === 'pdf' ? beginDocument(id, artefacts, mostDocumentBytes) : undefined
  try {
    await scanning.scan(
      scanJob(input),
      pageJob(input),
      {
        began: (page) => {
          progress({ step: 'scanning', page })
          artefacts.expect?.()
        },
        band: (page, band) => {
          live.show(id, { page, ...band })
          if (band.pageHeight === undefined) return
          const percent = Math.min(100, Math.round((100 * (band.top + band.height)) / band.pageHeight))
          progress({ step: 'scanning', page, percent })
        },
        finished: async (page, { bytes, mediaType, preview, width, height, dpi, blank, skew }) => {
          const facts = { width, height, dpi, ...(blank ? { blank } : {}), ...(skew === 0 ? {} : { skew }) }
          const kept = { kind: 'page', mediaType, command: id, bytes, preview, page: facts } as const
          const finished: ScannedPage = { artefact: await artefacts.keep(kept), ...facts }
          pages.push(finished)
          progress({ step: 'scanning', page, finished })
          // A page that is kept is told of, whatever becomes of the document.
          await document?.add({ bytes, mediaType, dpi })
        },
      },
      signal,
    )
    const made = await document?.end()
    return { pages, ...(made === undefined ? {} : { document: made }) }
  } catch (thrown) {
    await document?.abandon()
    throw thrown
  }
}
