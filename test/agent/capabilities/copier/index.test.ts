import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copierCapability } from '../../../../agent/capabilities/copier/index.ts'
import type { CopySource, CopyTarget } from '../../../../agent/capabilities/copier/parts.ts'
import { FakeScanDriver, type FakeScannerOptions } from '../../../../agent/capabilities/scanner/fake.ts'
import { createScanning } from '../../../../agent/capabilities/scanner/scanning.ts'
import type { CopyInput } from '../../../../protocol/capabilities/copier.ts'
import type { PrinterDescription } from '../../../../protocol/capabilities/printer.ts'
import { CommandError, type ErrorCode } from '../../../../protocol/errors.ts'
import type { Progress } from '../../../../protocol/messages.ts'

const folder = mkdtempSync(join(tmpdir(), 'avyl-copier-'))

const printer: PrinterDescription = {
  makeAndModel: 'Fake printer',
  driver: 'fake',
  state: 'idle',
  reasons: [],
  formats: ['application/pdf'],
  colour: false,
  duplex: true,
  dpi: [600],
  supplies: [],
  trays: [],
}

/** A job that the printer was given. */
interface Printed {
  readonly pages: number
  readonly options: Parameters<CopyTarget['print']>[2]
  readonly images: string
}

const sourceOf = (driver: FakeScanDriver): CopySource => ({
  describe: (signal) => driver.describe(signal),
  scan: createScanning(driver).scan,
})

interface Bench {
  readonly scanner?: FakeScannerOptions
  readonly source?: CopySource
  readonly about?: Partial<PrinterDescription>
  /** Awaited before the n-th job is printed, counted from 1. */
  readonly beforePrinting?: (job: number, signal: AbortSignal) => Promise<void>
}

const shop = ({ scanner, source, about, beforePrinting }: Bench = {}) => {
  const printed: Printed[] = []
  const steps: string[] = []
  let begun = 0
  let jobs = 0
  const aborter = new AbortController()
  const target: CopyTarget = {
    describe: async () => ({ ...printer, ...about }),
    print: async (file, mediaType, options, context) => {
      assert.is(mediaType, 'application/pdf')
      jobs += 1
      await beforePrinting?.(jobs, context.signal)
      await context.effectBegins()
      execFileSync('qpdf', ['--check', file])
      const pages = Number(execFileSync('qpdf', ['--show-npages', file], { encoding: 'utf8' }))
      const images = execFileSync('pdfimages', ['-list', file], { encoding: 'utf8' })
      context.progress({
        step: 'printing',
        page: 1,
        reasons: jobs === 1 ? ['toner-low'] : undefined,
      } as Progress)
      printed.push({ pages, options, images })
      steps.push(`printed ${printed.length}`)
      return { impressions: pages * (options.copies ?? 1) }
    },
  }
  const copier = copierCapability({
    source: source ?? sourceOf(new FakeScanDriver(scanner)),
    target,
    folder,
  })
  const copy = (input: Partial<CopyInput> = {}) =>
    copier.handlers['copier.copy'](
      { source: 'flatbed', ...input },
      {
        id: '01936f00-0000-7000-8000-000000000001',
        signal: aborter.signal,
        progress: ({ step, page }) => steps.push(`${step} ${page}`),
        effectBegins: async () => {
          begun += 1
        },
        afterReport: () => undefined,
      },
    )
  return { copier, copy, printed, steps, aborter, begun: () => begun }
}

const failsWith = async (work: Promise<unknown>, code: ErrorCode): Promise<string> => {
  try {
    await work
  } catch (thrown) {
    assert.instance(thrown, CommandError, String(thrown))
    assert.is((thrown as CommandError).code, code, (thrown as CommandError).message)
    return (thrown as CommandError).message
  }
  return assert.unreachable('nothing was thrown') as never
}

const resident = suite('a resident gets a copy')

resident.after.each(() => assert.equal(readdirSync(folder), [], 'nothing of it stays'))
resident.after(() => rmSync(folder, { recursive: true }))

resident('of one page, as large as it was', async () => {
  const { copy, printed, begun } = shop()
  assert.equal(await copy(), { pages: 1, impressions: 1 })
  assert.is(begun(), 1)
  assert.equal(printed[0]?.options, { copies: 1, duplex: 'none', colour: false })
  assert.match(printed[0]?.images ?? '', /2480 +3508 +gray .* jpeg .* 300 +300 /)
})

resident('in colour where the printer has it, in black and white where that is asked', async () => {
  const colour = shop({ about: { colour: true } })
  await colour.copy()
  assert.is(colour.printed[0]?.options.colour, true)
  assert.match(colour.printed[0]?.images ?? '', / rgb /)
  const blackwhite = shop()
  await blackwhite.copy({ mode: 'blackwhite' })
  assert.match(blackwhite.printed[0]?.images ?? '', / ccitt /)
})

resident('whose first page is out before the last is scanned', async () => {
  const sources = [
    { source: 'feeder' as const, dpi: [75], modes: ['grey' as const], width: 210, height: 297 },
  ]
  const driver = new FakeScanDriver({ feederPages: 3, sources })
  const source = sourceOf(driver)
  const firstIsOut = Promise.withResolvers<void>()
  const { copy, printed, steps } = shop({
    source: {
      ...source,
      scan: (job, pages, watch, signal) =>
        source.scan(
          job,
          pages,
          {
            ...watch,
            finished: async (page, finished) => {
              await watch.finished(page, finished)
              // The scanner is held up here until the printer has shown that it does not wait.
              if (page === 1) await firstIsOut.promise
            },
          },
          signal,
        ),
    },
    beforePrinting: async (job) => {
      if (job === 1) firstIsOut.resolve()
    },
  })
  assert.equal(await copy({ source: 'feeder' }), { pages: 3, impressions: 3 })
  assert.equal(
    printed.map(({ pages }) => pages),
    [1, 1, 1],
  )
  assert.ok(steps.includes('printing 1'), 'a complaint of the printer is heard while the scanner works')
})

resident('several times or on both sides, as one job', async () => {
  for (const how of [{ copies: 3 }, { duplex: 'long-edge' }] as const) {
    const { copy, printed } = shop({ scanner: { feederPages: 2 } })
    const copies = 'copies' in how ? how.copies : 1
    assert.equal(await copy({ source: 'feeder', ...how }), { pages: 2, impressions: 2 * copies })
    assert.equal(
      printed.map(({ pages }) => pages),
      [2],
    )
  }
})

resident('of the pages before a jam in the feeder', async () => {
  const jam = { feederPages: 4, fault: { code: 'jam', afterPages: 2 } } as const
  const single = shop({ scanner: jam })
  assert.match(await failsWith(single.copy({ source: 'feeder' }), 'jam'), /sides that are out: 2$/)
  assert.is(single.printed.length, 2)
  const sets = shop({ scanner: jam })
  await failsWith(sets.copy({ source: 'feeder', copies: 2 }), 'jam')
  assert.is(sets.printed.length, 0, 'half a set is no copy')
})

resident('none when the printer has no paper, and the scanner stops', async () => {
  const { copy, printed } = shop({
    scanner: { feederPages: 50, pageMs: 20 },
    beforePrinting: async () => {
      throw new CommandError('no-paper', 'The tray is empty')
    },
  })
  await failsWith(copy({ source: 'feeder' }), 'no-paper')
  assert.is(printed.length, 0)
})

resident('none when it is cancelled', async () => {
  const { copy, aborter, printed } = shop({
    beforePrinting: (_job, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
        aborter.abort(new CommandError('cancelled', 'Enough'))
      }),
  })
  await failsWith(copy(), 'cancelled')
  assert.is(printed.length, 0)
})

/** Stops a copy from the feeder while its first page is in the printer. */
const stoppedCopy = (printing: () => void) => {
  const { copy, aborter, ...rest } = shop({
    scanner: { feederPages: 5, pageMs: 20 },
    beforePrinting: async (_job, signal) => {
      signal.throwIfAborted()
      aborter.abort(new CommandError('cancelled', 'Enough'))
      printing()
    },
  })
  return { ended: copy({ source: 'feeder' }), ...rest }
}

resident('of a side that came out while it was being stopped, and is told so', async () => {
  const { ended, printed } = stoppedCopy(() => undefined)
  assert.match(await failsWith(ended, 'cancelled'), /sides that are out: 1$/)
  assert.is(printed.length, 1)
})

resident(
  'or none, when it is stopped and the printer does not tell: then nobody calls it cancelled',
  async () => {
    const { ended } = stoppedCopy(() => {
      throw new CommandError('unknown-outcome', 'The printer did not take back the job')
    })
    assert.not.match(await failsWith(ended, 'unknown-outcome'), /sides/)
  },
)

resident('none of what the devices cannot do', async () => {
  await failsWith(shop({ about: { duplex: false } }).copy({ duplex: 'long-edge' }), 'unsupported')
  await failsWith(shop({ scanner: { sources: [] } }).copy(), 'unsupported')
  await failsWith(shop().copy({ source: 'feeder' }), 'no-document')
  const absent = shop({ scanner: { fault: { code: 'device-absent' } } })
  await failsWith(absent.copy(), 'device-absent')
})

resident('from a copier that is whole, and hears when it is not', async () => {
  const { signal } = new AbortController()
  mkdirSync(join(folder, 'copy-of-yesterday'))
  const { copier } = shop()
  await copier.start()
  assert.equal(readdirSync(folder), [], 'what a power cut left behind is gone')
  assert.equal(await copier.report(signal), { present: true, ok: true })
  const { copier: broken } = shop({ scanner: { fault: { code: 'device-absent' } } })
  assert.equal(await broken.report(signal), { present: false, ok: false, detail: 'No scanner answers' })
  await copier.stop()
})

resident.run()
