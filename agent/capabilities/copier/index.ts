import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CopyInput, CopyOutput } from '../../../protocol/capabilities/copier.ts'
import type { ScannerDescription } from '../../../protocol/capabilities/scanner.ts'
import { CommandError } from '../../../protocol/errors.ts'
import type { Capability, CommandContext } from '../../capability.ts'
import type { CopySource, CopyTarget } from './parts.ts'
import { allAtOnce, pageByPage } from './print-run.ts'

/** What a copier is made of. */
export interface CopierParts {
  readonly source: CopySource
  readonly target: CopyTarget
  /** A private folder for pages on their way; nothing stays in it. */
  readonly folder: string
}

const prefix = 'copy-'

/** The copier of a terminal: its scanner and its printer composed. */
export const copierCapability = (parts: CopierParts): Capability<'copier'> => ({
  name: 'copier',
  handlers: {
    'copier.copy': async (input, context) => {
      const folder = await mkdtemp(join(parts.folder, prefix))
      try {
        return await copy(input, context, parts, folder)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  },
  start: async () => {
    await mkdir(parts.folder, { recursive: true, mode: 0o700 })
    // What a power cut left behind.
    for (const name of await readdir(parts.folder)) {
      if (name.startsWith(prefix)) await rm(join(parts.folder, name), { recursive: true, force: true })
    }
  },
  stop: async () => undefined,
  report: async (signal) => {
    try {
      await Promise.all([parts.source.describe(signal), parts.target.describe(signal)])
      return { present: true, ok: true }
    } catch (thrown) {
      const { code, message } = CommandError.from(thrown)
      return { present: code !== 'device-absent', ok: false, detail: message.slice(0, 200) }
    }
  },
})

const copy = async (
  { source, copies = 1, duplex = 'none', mode }: CopyInput,
  context: CommandContext,
  parts: CopierParts,
  folder: string,
): Promise<CopyOutput> => {
  const { signal } = context
  const [scanner, printer] = await Promise.all([parts.source.describe(signal), parts.target.describe(signal)])
  if (duplex !== 'none' && !printer.duplex) {
    throw new CommandError('unsupported', 'The printer does not print on both sides')
  }
  const job = { source, dpi: copyDpi(scanner, source), mode: mode ?? (printer.colour ? 'colour' : 'grey') }
  const blackwhite = job.mode === 'blackwhite'
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  let scanned = false
  let pages = 0
  const print = (file: string) =>
    parts.target.print(
      file,
      'application/pdf',
      { copies, duplex, colour: job.mode === 'colour' && printer.colour },
      {
        id: context.id,
        signal,
        // While pages still come, the scanner's progress is what people follow, unless the printer stands still.
        progress: (progress) => {
          if (scanned || progress.reasons !== undefined) context.progress(progress)
        },
        effectBegins: () => context.effectBegins(),
      },
    )
  const overlaps = copies === 1 && duplex === 'none'
  const run = overlaps
    ? pageByPage(folder, print, (reason) => failed.abort(reason))
    : allAtOnce(folder, print)
  const scanning = parts.source.scan(
    job,
    { encoding: blackwhite ? 'g4' : 'jpeg', blackwhite },
    {
      began: (page) => context.progress({ step: 'scanning', page }),
      band: () => undefined,
      finished: async (page, finished) => {
        await run.add(finished)
        pages = page
      },
    },
    either,
  )
  const scan = await scanning.then(
    () => ({ fault: undefined }),
    (fault: unknown) => ({ fault }),
  )
  scanned = true
  const { impressions, fault } = await (scan.fault === undefined ? run.end() : run.abandon())
  if (scan.fault === undefined && fault === undefined) return { pages, impressions }
  // That nobody knows what came out weighs more than why the scan ended.
  throw withSides(isUnknown(fault) ? fault : (scan.fault ?? fault), impressions)
}

const isUnknown = (fault: unknown): boolean =>
  fault instanceof CommandError && fault.code === 'unknown-outcome'

/** Paper that is out is told of, whatever ended the copy. */
const withSides = (fault: unknown, impressions: number): unknown =>
  fault instanceof CommandError && impressions > 0
    ? new CommandError(fault.code, `${fault.message}; sides that are out: ${impressions}`, {
        cause: fault,
        retryable: fault.retryable,
      })
    : fault

/** Print is no finer than 300 dpi can show; a scanner that lacks it gives the next coarser, or its coarsest. */
const copyDpi = ({ sources }: ScannerDescription, source: CopyInput['source']): number => {
  const dpi = sources.find((limits) => limits.source === source)?.dpi.toSorted((a, b) => a - b)
  const chosen = dpi?.findLast((each) => each <= 300) ?? dpi?.[0]
  if (chosen === undefined) throw new CommandError('unsupported', `The scanner has no ${source}`)
  return chosen
}
