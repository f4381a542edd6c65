import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { JobStatus, PrintDriver } from '../../../../agent/capabilities/printer/driver.ts'
import { createIppDriver } from '../../../../agent/capabilities/printer/ipp.ts'
import { CommandError } from '../../../../protocol/errors.ts'
import { type SimulatedCups, startCups } from '../../../../simulator/cups.ts'
import { type SimulatedPrinter, startPrinter } from '../../../../simulator/printer.ts'
import { pdfOf } from '../../../support/plain-pdf.ts'

interface Devices {
  folder: string
  file: string
  printer: SimulatedPrinter
  cups: SimulatedCups
}

const never = (): AbortSignal => new AbortController().signal

const print = (
  driver: PrintDriver,
  file: string,
  watch: (status: JobStatus) => void = () => undefined,
  signal = never(),
): Promise<JobStatus> =>
  driver.print(
    {
      file,
      mediaType: 'application/pdf',
      name: 'Avyl',
      copies: 1,
      duplex: 'none',
      ranges: [],
      colour: false,
    },
    signal,
    watch,
    async () => undefined,
  )

const codeOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.catch((error: unknown) => (error as CommandError).code)

/** What `ipptool` reads of an attribute: its values between the syntax and the end of the line. */
const ipptool = async (uri: string): Promise<(name: string) => string[]> => {
  const { stdout } = await promisify(execFile)('ipptool', ['-tv', uri, 'get-printer-attributes.test'])
  return (name) => {
    const line = new RegExp(`^\\s+${name} \\([^)]+\\) = (.*)$`, 'm').exec(stdout)
    return line?.[1]?.split(',') ?? []
  }
}

const printers = suite<Devices>('over IPP')

printers.before(async (devices) => {
  devices.folder = await mkdtemp(join(tmpdir(), 'avyl-print-'))
  devices.file = join(devices.folder, 'document.pdf')
  await writeFile(devices.file, await pdfOf(3))
  devices.printer = await startPrinter({
    folder: join(devices.folder, 'printer'),
    name: 'MFP',
    vendor: 'Pantum',
    model: 'BM5100ADW',
    colour: false,
    behaviour: { sideMs: 10 },
  })
  devices.cups = await startCups({ printer: devices.printer.uri })
})
printers.before.each(({ printer }) =>
  printer.behave({ faults: [], aborts: false, sidesBeforeFault: 0, sideMs: 10 }),
)
printers.after(async ({ folder, printer, cups }) => {
  await cups.stop()
  await printer.stop()
  await rm(folder, { recursive: true })
})

printers('a description says what ipptool says', async ({ printer }) => {
  await printer.setSupplies([80, 3])
  const described = await createIppDriver({ uri: printer.uri }).describe(never())
  const said = await ipptool(printer.uri)
  assert.is(described.makeAndModel, said('printer-make-and-model')[0])
  assert.is(described.makeAndModel, 'Pantum BM5100ADW')
  assert.is(described.state, said('printer-state')[0])
  assert.equal(
    described.reasons.map(({ reason, severity }) => `${reason}-${severity}`),
    said('printer-state-reasons'),
  )
  assert.equal(described.reasons, [{ reason: 'toner-low', severity: 'report' }])
  assert.equal(described.formats, said('document-format-supported'))
  assert.is(String(described.colour), said('color-supported')[0])
  assert.is(described.duplex, said('sides-supported').length > 1)
  assert.is(String(described.pagesPerMinute), said('pages-per-minute')[0])
  assert.equal(
    described.dpi.map((dpi) => `${dpi}dpi`),
    said('pwg-raster-document-resolution-supported'),
  )
  assert.equal(
    described.supplies.map(({ name }) => name),
    said('printer-supply-description'),
  )
  const levels = (name: string) => said(name).map((text) => Number(/;level=(-?\d+);/.exec(text)?.[1]))
  assert.equal(
    described.supplies.map(({ level }) => level),
    levels('printer-supply'),
  )
  assert.equal(
    described.trays.map(({ level }) => level ?? -2),
    levels('printer-input-tray').slice(1),
  )
  await printer.setSupplies([80, 75])
})

printers('the printer gets the very bytes of the document', async ({ printer, file }) => {
  const before = printer.jobs.length
  await print(createIppDriver({ uri: printer.uri, pollMs: 20 }), file)
  const job = await printer.received(before + 1)
  assert.ok((await readFile(job.file)).equals(await readFile(file)))
  assert.is(job.colourMode, 'monochrome')
})

printers('empty trays hold a job until they are filled', async ({ printer, file }) => {
  await printer.setSheets(0)
  let filled: Promise<void> | undefined
  const seen = new Set<string>()
  const status = await print(createIppDriver({ uri: printer.uri, pollMs: 20 }), file, ({ reasons }) => {
    for (const { reason } of reasons) seen.add(reason)
    if (seen.has('media-needed')) filled ??= printer.setSheets(250)
  })
  await filled
  assert.is(status.state, 'completed')
  assert.ok(seen.has('media-empty'))
})

printers('a printer that was switched off and on has lost the job', async ({ printer, file }) => {
  await printer.behave({ faults: ['media-jam'] })
  let restarted: Promise<void> | undefined
  const attempt = print(createIppDriver({ uri: printer.uri, pollMs: 20 }), file, ({ reasons }) => {
    if (reasons.length > 0) restarted ??= printer.restart()
  })
  assert.is(await codeOf(attempt), 'unknown-outcome')
  await restarted
})

printers('a CUPS queue prints, and describes the printer behind it', async ({ printer, cups, file }) => {
  const driver = createIppDriver({ uri: cups.uri, device: printer.uri, pollMs: 20 })
  const before = printer.jobs.length
  assert.is((await print(driver, file)).state, 'completed')
  await printer.received(before + 1)
  const described = await driver.describe(never())
  assert.is(described.makeAndModel, 'Pantum BM5100ADW')
  assert.ok(described.formats.includes('image/png'))
  assert.is(described.supplies.length, 2)
})

printers('a stopped CUPS queue is started again', async ({ cups, file }) => {
  await cups.pause()
  const driver = createIppDriver({ uri: cups.uri, pollMs: 20 })
  assert.is((await driver.describe(never())).state, 'stopped')
  const reasons = new Set<string>()
  const status = await print(driver, file, (seen) => {
    for (const { reason } of seen.reasons) reasons.add(reason)
  })
  assert.is(status.state, 'completed')
  assert.ok(reasons.has('paused'))
})

printers('a jam is told through a CUPS queue', async ({ printer, cups, file }) => {
  await printer.behave({ faults: ['media-jam'], sidesBeforeFault: 1, aborts: true, sideMs: 300 })
  assert.is(await codeOf(print(createIppDriver({ uri: cups.uri, pollMs: 20 }), file)), 'jam')
})

printers('a job stopped in a CUPS queue stops in the printer', async ({ printer, cups, file }) => {
  const driver = createIppDriver({ uri: cups.uri, pollMs: 20 })
  await printer.behave({ faults: ['cover-open'] })
  const before = printer.jobs.length
  const stop = new AbortController()
  const attempt = print(driver, file, () => undefined, stop.signal)
  attempt.catch(() => undefined)
  await printer.received(before + 1)
  stop.abort(new CommandError('cancelled', 'Stopped'))
  assert.is(await codeOf(attempt), 'cancelled')
  await printer.behave({ faults: [] })
  assert.is((await print(createIppDriver({ uri: printer.uri, pollMs: 20 }), file)).state, 'completed')
})

printers.run()
