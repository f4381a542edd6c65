import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CopyTarget } from '../../../../agent/capabilities/copier/parts.ts'
import { absentPrinter } from '../../../../agent/capabilities/printer/absent.ts'
import { createFakePrinter, type FakePrinter } from '../../../../agent/capabilities/printer/fake.ts'
import { printerCapability } from '../../../../agent/capabilities/printer/index.ts'
import type { RasterRequest } from '../../../../agent/capabilities/printer/printing.ts'
import type { CommandContext } from '../../../../agent/capability.ts'
import type { PrinterDescription, PrintInput } from '../../../../protocol/capabilities/printer.ts'
import { CommandError } from '../../../../protocol/errors.ts'
import type { Progress } from '../../../../protocol/messages.ts'

const document = '0198c5a0-0000-7000-8000-000000000001'
const never = (): AbortSignal => new AbortController().signal

interface Desk {
  folder: string
}

/** A capability over a fake printer, and all that it did. */
const openDesk = (
  { folder }: Desk,
  options: { mediaType?: string; pages?: number; printer?: Partial<PrinterDescription> } = {},
) => {
  const driver: FakePrinter = createFakePrinter(options.printer)
  driver.behave({ pages: options.pages ?? 3 })
  const rasters: RasterRequest[] = []
  const released: string[] = []
  const progress: Progress[] = []
  let effects = 0
  const capability = printerCapability({
    driver,
    artefacts: {
      fetch: async (id) => ({
        file: join(folder, id),
        mediaType: options.mediaType ?? 'application/pdf',
        release: async () => {
          released.push(id)
        },
      }),
    },
    preparation: {
      checkPdf: async () => {
        if (options.pages === 0) throw new CommandError('refused', 'The PDF is encrypted')
        return { pages: options.pages ?? 3 }
      },
      rasterise: async (_file, request) => {
        rasters.push(request)
        await writeFile(request.out, 'RaS2')
        return { pages: 1 }
      },
    },
    folder,
  })
  const context: CommandContext = {
    id: '0198c5a0-0000-7000-8000-000000000002',
    signal: never(),
    progress: (step) => progress.push(step),
    effectBegins: async () => {
      effects++
    },
    afterReport: () => undefined,
  }
  return {
    capability,
    driver,
    rasters,
    released,
    progress,
    effects: () => effects,
    print: (input: Omit<PrintInput, 'document'> = {}) =>
      capability.handlers['printer.print']({ document, ...input }, context),
  }
}

const codeOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => undefined,
    (error: unknown) => (error as CommandError).code,
  )

const printer = suite<Desk>('the printer of a terminal')
printer.before(async (desk) => {
  desk.folder = await mkdtemp(join(tmpdir(), 'avyl-desk-'))
})
printer.after(({ folder }) => rm(folder, { recursive: true }))

printer('prints a document, tells how far it is, and lets go of it', async (given) => {
  const desk = openDesk(given)
  assert.equal(await desk.print({ copies: 2, pages: '3,1-2' }), { job: 1, impressions: 6 })
  assert.is(desk.effects(), 1)
  assert.equal(desk.released, [document])
  assert.equal(desk.driver.jobs[0]?.ranges, [[1, 3]])
  assert.equal(desk.progress[0], { step: 'fetching' })
  assert.equal(desk.progress.at(-1), { step: 'printing', percent: 100, page: 6, of: 6 })
})

printer('refuses pages that the document lacks', async (given) => {
  for (const pages of ['4', '0', '2-1', '1-9', '1,4']) {
    const desk = openDesk(given)
    assert.is(await codeOf(desk.print({ pages })), 'invalid', pages)
    assert.is(desk.effects(), 0)
    assert.equal(desk.released, [document])
  }
})

printer('prints nothing that the gate holds back', async (given) => {
  const desk = openDesk(given, { pages: 0 })
  assert.is(await codeOf(desk.print()), 'refused')
  assert.is(desk.driver.jobs.length, 0)
})

printer('prints pictures as a page, and nothing else', async (given) => {
  assert.equal(await openDesk(given, { mediaType: 'image/jpeg', pages: 1 }).print(), {
    job: 1,
    impressions: 1,
  })
  assert.is(await codeOf(openDesk(given, { mediaType: 'text/html' }).print()), 'unsupported')
})

printer('draws what the printer does not take, and wipes it', async (given) => {
  const desk = openDesk(given, { printer: { formats: ['image/pwg-raster'], colour: false } })
  await desk.print({ pages: '2', duplex: 'long-edge' })
  const [raster] = desk.rasters
  assert.equal(
    { ...raster, out: '' },
    { mediaType: 'application/pdf', dpi: 300, colour: false, ranges: [[2, 2]], duplex: 'long-edge', out: '' },
  )
  const [job] = desk.driver.jobs
  assert.is(job?.mediaType, 'image/pwg-raster')
  assert.equal(job?.ranges, [])
  assert.ok(desk.progress.some(({ step }) => step === 'converting'))
  assert.equal(await readdir(given.folder), [])
})

printer('draws at 300 dpi, or else as finely as is sensible', async (given) => {
  for (const [dpi, expected] of [
    [[600, 1200], 600],
    [[1200], 1200],
    [[], 300],
  ] as const) {
    const desk = openDesk(given, { printer: { formats: ['image/pwg-raster'], dpi: [...dpi] } })
    await desk.print()
    assert.is(desk.rasters[0]?.dpi, expected)
  }
})

printer('says so when the printer takes no form of the document', async (given) => {
  const desk = openDesk(given, { printer: { formats: ['application/postscript'] } })
  assert.is(await codeOf(desk.print()), 'unsupported')
})

printer('prints grey on a printer without colour', async (given) => {
  const desk = openDesk(given, { printer: { colour: false } })
  await desk.print({ colour: true })
  assert.is(desk.driver.jobs[0]?.colour, false)
})

printer('tells why a job stands still', async (given) => {
  const desk = openDesk(given)
  desk.driver.behave({ faults: ['media-empty', 'toner-low-report'], sidesBeforeFault: 1, aborts: true })
  assert.is(await codeOf(desk.print()), 'no-paper')
  assert.equal(desk.progress.at(-1), {
    step: 'printing',
    percent: 33,
    page: 1,
    of: 3,
    reasons: ['media-empty'],
  })
})

printer('reports what it is and whether it can print', async (given) => {
  const desk = openDesk(given)
  await desk.capability.start()
  const well = await desk.capability.report(never())
  assert.is(well.present && well.ok, true)
  assert.is(well.printer?.driver, 'fake')
  desk.driver.behave({ faults: ['toner-low-report'] })
  assert.is((await desk.capability.report(never())).ok, true)
  desk.driver.behave({ faults: ['media-jam'] })
  const jammed = await desk.capability.report(never())
  assert.equal([jammed.present, jammed.ok, jammed.detail], [true, false, 'media-jam'])
  desk.driver.behave({ absent: true })
  const gone = await desk.capability.report(never())
  assert.equal([gone.present, gone.ok], [false, false])
  await desk.capability.stop()
})

printer('serves a copier by the same rules', async (given) => {
  const target: CopyTarget = openDesk(given).capability.printing
  assert.is((await target.describe(never())).driver, 'fake')
})

printer('of a terminal without one is absent', async () => {
  assert.is(await codeOf(absentPrinter.describe(never())), 'device-absent')
})

printer.run()
