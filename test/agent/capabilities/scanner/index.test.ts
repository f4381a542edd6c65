import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import pino from 'pino'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NewArtefact, PreviewBand } from '../../../../agent/artefacts/artefacts.ts'
import { absentScanner } from '../../../../agent/capabilities/scanner/absent.ts'
import type { ScanDriver } from '../../../../agent/capabilities/scanner/driver.ts'
import { FakeScanDriver, type FakeScannerOptions } from '../../../../agent/capabilities/scanner/fake.ts'
import { type ScannerParts, scannerCapability } from '../../../../agent/capabilities/scanner/index.ts'
import { createScanning } from '../../../../agent/capabilities/scanner/scanning.ts'
import type { ScanInput } from '../../../../protocol/capabilities/scanner.ts'
import { CommandError, type ErrorCode } from '../../../../protocol/errors.ts'
import type { Progress } from '../../../../protocol/messages.ts'

/** A file that was kept, read to its end. */
interface Kept extends Omit<NewArtefact, 'bytes'> {
  readonly id: string
  readonly bytes: Buffer
}

const id = '01936f00-0000-7000-8000-000000000001'

/** A terminal with this scanner, and all that it was told and given. */
const terminal = (
  driver: ScanDriver,
  keepFails?: (artefact: NewArtefact) => boolean,
  limits: Pick<ScannerParts, 'mostDocumentBytes'> = {},
) => {
  const kept: Kept[] = []
  const bands: PreviewBand[] = []
  const progress: Progress[] = []
  const aborter = new AbortController()
  let next = 0
  const scanner = scannerCapability({
    driver,
    artefacts: {
      keep: async (artefact) => {
        if (keepFails?.(artefact)) throw new CommandError('refused', 'The disk is full')
        const bytes =
          artefact.bytes instanceof Uint8Array ? Buffer.from(artefact.bytes) : await buffer(artefact.bytes)
        next += 1
        const made = `01936f00-0000-7000-8000-${String(next).padStart(12, '0')}`
        kept.push({ ...artefact, bytes, id: made })
        return made
      },
    },
    live: {
      show: (command, band) => {
        assert.is(command, id)
        bands.push(band)
      },
    },
    logger: pino({ level: 'silent' }),
    ...limits,
  })
  const context = {
    id,
    signal: aborter.signal,
    progress: (step: Progress) => progress.push(step),
    effectBegins: async () => undefined,
    afterReport: () => undefined,
  }
  const scan = (input: Partial<ScanInput> = {}) =>
    scanner.handlers['scanner.scan'](
      { source: 'flatbed', dpi: 75, mode: 'colour', format: 'jpeg', ...input },
      context,
    )
  return { scanner, scan, kept, bands, progress, aborter, context }
}

const fake = (options: FakeScannerOptions = {}) => new FakeScanDriver(options)

const failsWith = async (work: Promise<unknown>, code: ErrorCode): Promise<CommandError> => {
  try {
    await work
  } catch (thrown) {
    assert.instance(thrown, CommandError, String(thrown))
    assert.is((thrown as CommandError).code, code, (thrown as CommandError).message)
    return thrown as CommandError
  }
  return assert.unreachable('nothing was thrown') as never
}

const expert = suite('an expert scans')

expert('one page from the glass: kept with its preview, announced once it is complete', async () => {
  const { scan, kept, progress, bands } = terminal(fake())
  const { pages, document } = await scan()
  assert.is(document, undefined)
  assert.equal(pages, [{ artefact: kept[0]?.id, width: 620, height: 877, dpi: 75, blank: true }])
  const [page] = kept
  assert.equal([page?.kind, page?.mediaType, page?.command], ['page', 'image/jpeg', id])
  assert.is((await sharp(page?.bytes).metadata()).height, 877)
  assert.is((await sharp(page?.preview).metadata()).height, 800)
  assert.equal(progress[0], { step: 'scanning', page: 1 })
  assert.equal(progress.at(-1), { step: 'scanning', page: 1, finished: pages[0] })
  assert.ok(bands.length >= 1 && bands.every((band) => band.page === 1 && band.pageHeight === 877))
})

for (const [format, mode, mediaType] of [
  ['png', 'grey', 'image/png'],
  ['tiff', 'colour', 'image/tiff'],
  ['tiff', 'blackwhite', 'image/tiff'],
  ['jpeg', 'blackwhite', 'image/jpeg'],
] as const) {
  expert(`and gets ${mode} pages as ${format}`, async () => {
    const { scan, kept } = terminal(fake())
    const { pages } = await scan({ format, mode, clean: false })
    assert.is(kept[0]?.mediaType, mediaType)
    const { width, bitsPerSample } = await sharp(kept[0]?.bytes).metadata()
    assert.is(width, pages[0]?.width)
    assert.is(bitsPerSample === 1, format === 'tiff' && mode === 'blackwhite')
  })
}

expert('the whole feeder to one PDF, each page announced while the next one comes', async () => {
  for (const [mode, encoding] of [
    ['grey', 'jpeg'],
    ['blackwhite', 'ccitt'],
  ] as const) {
    const { scan, kept, progress } = terminal(fake({ feederPages: 4 }))
    const { pages, document } = await scan({ source: 'feeder', format: 'pdf', mode })
    assert.is(pages.length, 4)
    assert.equal(
      pages.map(({ artefact }) => artefact),
      kept.filter(({ kind }) => kind === 'page').map((page) => page.id),
    )
    const announced = progress.flatMap(({ finished }) => (finished === undefined ? [] : [finished]))
    assert.equal(announced, pages)
    const firstOf = (page: number, finished: boolean) =>
      progress.findIndex((step) => step.page === page && (step.finished !== undefined) === finished)
    assert.ok(firstOf(1, true) < firstOf(4, false), 'the first page did not wait for the last')
    const pdf = kept.find(({ kind }) => kind === 'document')
    assert.equal([pdf?.id, pdf?.mediaType], [document, 'application/pdf'])
    const folder = mkdtempSync(join(tmpdir(), 'avyl-scan-'))
    writeFileSync(join(folder, 'scan.pdf'), pdf?.bytes ?? '')
    execFileSync('qpdf', ['--check', join(folder, 'scan.pdf')])
    const images = execFileSync('pdfimages', ['-list', join(folder, 'scan.pdf')], { encoding: 'utf8' })
    assert.is(images.match(new RegExp(` ${encoding} `, 'g'))?.length, 4)
    rmSync(folder, { recursive: true })
  }
})

expert('and loses no finished page when the feeder jams in the middle', async () => {
  const { scan, kept, progress } = terminal(
    fake({ feederPages: 5, fault: { code: 'jam', afterPages: 2, afterRows: 200 } }),
  )
  await failsWith(scan({ source: 'feeder', format: 'pdf' }), 'jam')
  assert.equal(
    kept.map(({ kind }) => kind),
    ['page', 'page'],
  )
  assert.equal(
    progress.flatMap(({ finished }) => (finished === undefined ? [] : [finished.artefact])),
    kept.map((page) => page.id),
  )
})

expert('and is told when the page came short of rows', async () => {
  const short = fake()
  const driver: ScanDriver = {
    describe: (signal) => short.describe(signal),
    async *scan() {
      const rows = (async function* () {
        yield new Uint8Array(620 * 3 * 10)
      })()
      yield { format: { width: 620, height: 877, channels: 3, bits: 8, dpi: 75 }, rows }
    },
  }
  const { scan, kept } = terminal(driver)
  await failsWith(scan(), 'truncated')
  assert.is(kept.length, 0)
})

expert('and stops it, the device and the page worker with it', async () => {
  const { scan, aborter, bands, kept } = terminal(fake({ pageMs: 5000 }))
  const cancelled = new CommandError('cancelled', 'The expert thought better of it')
  const scanning = scan({ dpi: 300 })
  while (bands.length === 0) await new Promise(setImmediate)
  aborter.abort(cancelled)
  assert.is(await failsWith(scanning, 'cancelled'), cancelled)
  assert.is(kept.length, 0)
})

expert('and gets nothing that the scanner did not promise', async () => {
  const driver = fake({
    sources: [{ source: 'flatbed', dpi: [75, 300], modes: ['grey'], width: 210, height: 297 }],
  })
  const { scan } = terminal(driver)
  const grey = { mode: 'grey' } as const
  await failsWith(scan({ ...grey, source: 'feeder' }), 'unsupported')
  await failsWith(scan({ ...grey, dpi: 200 }), 'unsupported')
  await failsWith(scan(), 'unsupported')
  await failsWith(scan({ ...grey, area: { x: 100, y: 0, width: 111, height: 50 } }), 'unsupported')
  await failsWith(scan({ ...grey, area: { x: 0, y: 250, width: 50, height: 50 } }), 'unsupported')
  const { pages } = await scan({ ...grey, area: { x: 10, y: 10, width: 50.8, height: 25.4 } })
  assert.equal([pages[0]?.width, pages[0]?.height], [150, 75])
})

expert('and is told when a page cannot be kept on the terminal', async () => {
  const feeder = { source: 'feeder', format: 'pdf' } as const
  for (const kind of ['page', 'document'] as const) {
    const { scan, kept, progress } = terminal(fake({ feederPages: 3 }), (artefact) => artefact.kind === kind)
    await failsWith(scan(feeder), 'refused')
    assert.equal(
      progress.flatMap(({ finished }) => (finished === undefined ? [] : [finished.artefact])),
      kept.map((page) => page.id),
      'what was kept was told',
    )
  }
})

expert('every page, though their PDF would be larger than a file may be', async () => {
  const pdf = { source: 'feeder', format: 'pdf' } as const
  const whole = terminal(fake({ feederPages: 3 }))
  await whole.scan(pdf)
  const mostDocumentBytes = whole.kept.find(({ kind }) => kind === 'document')?.bytes.length ?? 0
  const { scan, kept } = terminal(fake({ feederPages: 3 }), undefined, { mostDocumentBytes })
  const { pages, document } = await scan(pdf)
  assert.is(pages.length, 3)
  assert.is(document, undefined)
  assert.equal(
    kept.map(({ kind, id: artefact }) => [kind, artefact]),
    pages.map(({ artefact }) => ['page', artefact]),
  )
})

expert('an empty feeder, and a scanner that gives no page', async () => {
  const { scan } = terminal(fake())
  await failsWith(scan({ source: 'feeder' }), 'no-document')
  const whole = fake()
  const { scan: scanNothing } = terminal({
    describe: (signal) => whole.describe(signal),
    async *scan() {},
  })
  await failsWith(scanNothing(), 'no-document')
})

expert(
  'a page from the glass, taken before the device is given back; a feeder is asked for the next at once',
  async () => {
    const one = fake({ feederPages: 1 })
    for (const [source, order] of [
      ['flatbed', ['taken', 'given back']],
      ['feeder', ['given back', 'taken']],
    ] as const) {
      const happened: string[] = []
      const givenBack = Promise.withResolvers<void>()
      const driver: ScanDriver = {
        describe: (signal) => one.describe(signal),
        async *scan(job, signal) {
          yield* one.scan(job, signal)
          happened.push('given back')
          givenBack.resolve()
        },
      }
      const watch = {
        began: () => undefined,
        band: () => undefined,
        finished: async () => {
          await (source === 'feeder' ? givenBack.promise : new Promise(setImmediate))
          happened.push('taken')
        },
      }
      const { signal } = new AbortController()
      const pages = { encoding: 'jpeg', blackwhite: false } as const
      await createScanning(driver).scan({ source, dpi: 75, mode: 'grey' }, pages, watch, signal)
      assert.equal(happened, order)
    }
  },
)

expert('more pages than one answer can list', async () => {
  const taken: number[] = []
  const scanning = createScanning(fake({ feederPages: 9 }), {}, 3)
  const watch = {
    began: () => undefined,
    band: () => undefined,
    finished: async (page: number) => {
      taken.push(page)
    },
  }
  const job = { source: 'feeder', dpi: 75, mode: 'grey' } as const
  const { signal } = new AbortController()
  await failsWith(scanning.scan(job, { encoding: 'jpeg', blackwhite: false }, watch, signal), 'refused')
  assert.equal(taken, [1, 2, 3])
})

expert.run()

const fleet = suite('the fleet asks for the scanner')

fleet('and hears what it can do', async () => {
  const { scanner, context } = terminal(fake())
  await scanner.start()
  const description = await scanner.handlers['scanner.describe']({}, context)
  assert.is(description.driver, 'fake')
  assert.equal(await scanner.report(context.signal), { present: true, ok: true, scanner: description })
  await scanner.stop()
})

fleet('and hears the same while it works, without disturbing it', async () => {
  const driver = fake({ pageMs: 200 })
  let asked = 0
  const { scanner, scan, context } = terminal({
    describe: async (signal) => {
      asked += 1
      return driver.describe(signal)
    },
    scan: (job, signal) => driver.scan(job, signal),
  })
  const before = await scanner.report(context.signal)
  const scanning = scan()
  assert.equal(await scanner.report(context.signal), before)
  await scanning
  assert.is(asked, 1)
})

fleet('and hears that there is none, that another holds it, or what is wrong', async () => {
  const reportOf = async (code: ErrorCode) => {
    const fails: ScanDriver = {
      ...absentScanner,
      describe: async () => {
        throw new CommandError(code, 'As the test wants')
      },
    }
    return terminal(fails).scanner.report(new AbortController().signal)
  }
  assert.equal(await reportOf('busy'), { present: true, ok: true, detail: 'As the test wants' })
  assert.equal(await reportOf('device-fault'), { present: true, ok: false, detail: 'As the test wants' })
  const { scanner, scan, context } = terminal(absentScanner)
  assert.is((await scanner.report(context.signal)).present, false)
  await failsWith(scan(), 'device-absent')
  await failsWith(scanner.handlers['scanner.describe']({}, context), 'device-absent')
})

fleet.run()
