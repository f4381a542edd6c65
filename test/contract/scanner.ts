import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PageScan, ScanDriver, ScanJob } from '../../agent/capabilities/scanner/driver.ts'
import type { ScanMode, ScannerDescription } from '../../protocol/capabilities/scanner.ts'
import { CommandError } from '../../protocol/errors.ts'

/** A scanner at rest that a test has for itself. */
export interface OpenScanner {
  readonly driver: ScanDriver
  close(): Promise<void>
}

/** A kind of scanner that must keep the contract of `ScanDriver`. */
export interface ScannerUnderContract {
  /** As in «the SANE driver». */
  readonly name: string
  /** Pages that its feeder holds when loaded; 0 where it has no feeder. */
  readonly feederPages: number
  /** A resolution from 75 to 600 dpi that it lacks. */
  readonly lackingDpi: number
  /**
   * A scanner with a page on its glass. A slow one takes more than five seconds for a page of the whole glass in
   * colour at the highest of its resolutions up to 300 dpi, and gives the page in more than one piece.
   */
  open(state: { readonly feeder: 'loaded' | 'empty'; readonly slow: boolean }): Promise<OpenScanner>
}

/** What one page came to. */
interface Page {
  readonly format: PageScan['format']
  readonly bytes: number
}

const never = (): AbortSignal => new AbortController().signal

const rowBytes = ({ width, channels, bits }: PageScan['format']): number =>
  Math.ceil((width * channels * bits) / 8)

const readPage = async ({ format, rows }: PageScan): Promise<Page> => {
  let bytes = 0
  for await (const piece of rows) bytes += piece.length
  return { format, bytes }
}

const readPages = async (pages: AsyncIterable<PageScan>): Promise<Page[]> => {
  const read: Page[] = []
  for await (const page of pages) read.push(await readPage(page))
  return read
}

const assertComplete = ({ format, bytes }: Page): void => {
  assert.ok(format.width > 0)
  assert.ok(bytes > 0)
  assert.is(bytes % rowBytes(format), 0, 'whole rows')
  if (format.height !== undefined) assert.is(bytes, rowBytes(format) * format.height)
}

const layouts: Record<ScanMode, Pick<PageScan['format'], 'channels' | 'bits'>> = {
  colour: { channels: 3, bits: 8 },
  grey: { channels: 1, bits: 8 },
  blackwhite: { channels: 1, bits: 1 },
}

const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise
  } catch (thrown) {
    return thrown
  }
  return assert.unreachable('nothing was thrown')
}

const assertFails = async (promise: Promise<unknown>, code: CommandError['code']): Promise<void> => {
  const thrown = await rejection(promise)
  assert.instance(thrown, CommandError)
  assert.is((thrown as CommandError).code, code, (thrown as CommandError).message)
}

/** Registers and runs the suite that every `ScanDriver` must pass. */
export const scannerContract = (scanner: ScannerUnderContract): void => {
  const contract = suite(`${scanner.name} keeps the contract of a scanner`)
  const feeder = scanner.feederPages > 0

  const withScanner = async (
    state: Partial<Parameters<ScannerUnderContract['open']>[0]>,
    use: (driver: ScanDriver) => Promise<void>,
  ): Promise<void> => {
    const open = await scanner.open({ feeder: 'loaded', slow: false, ...state })
    try {
      await use(open.driver)
    } finally {
      await open.close()
    }
  }
  const flatbedOf = (description: ScannerDescription): ScannerDescription['sources'][number] => {
    const flatbed = description.sources.find(({ source }) => source === 'flatbed')
    assert.ok(flatbed, 'a flatbed')
    return flatbed as ScannerDescription['sources'][number]
  }
  const small = async (driver: ScanDriver): Promise<ScanJob> => ({
    source: 'flatbed',
    dpi: Math.min(...flatbedOf(await driver.describe(never())).dpi),
    mode: 'grey',
    area: { x: 0, y: 0, width: 50, height: 40 },
  })
  const long = async (driver: ScanDriver): Promise<ScanJob> => ({
    source: 'flatbed',
    dpi: Math.max(...flatbedOf(await driver.describe(never())).dpi.filter((dpi) => dpi <= 300)),
    mode: 'colour',
  })

  contract('it says what it is and can do', async () => {
    await withScanner({}, async (driver) => {
      const description = await driver.describe(never())
      assert.ok(description.model.length > 0)
      assert.ok(description.driver.length > 0)
      assert.equal(
        description.sources.map(({ source }) => source),
        feeder ? ['flatbed', 'feeder'] : ['flatbed'],
      )
      for (const { dpi, modes, width, height } of description.sources) {
        assert.ok(dpi.length > 0 && modes.length > 0)
        assert.equal(
          dpi,
          [...new Set(dpi)].sort((a, b) => a - b),
        )
        assert.ok(dpi.every((one) => one >= 75 && one <= 600))
        assert.not(dpi.includes(scanner.lackingDpi))
        assert.ok(width > 0 && width <= 500 && height > 0 && height <= 500)
      }
    })
  })

  contract('it scans one page from the flatbed in each of its modes', async () => {
    await withScanner({}, async (driver) => {
      const job = await small(driver)
      for (const mode of flatbedOf(await driver.describe(never())).modes) {
        const pages = await readPages(driver.scan({ ...job, mode }, never()))
        assert.is(pages.length, 1)
        for (const page of pages) {
          assertComplete(page)
          assert.is(page.format.channels, layouts[mode].channels)
          assert.is(page.format.bits, layouts[mode].bits)
          assert.is(page.format.dpi, job.dpi)
        }
      }
    })
  })

  contract('it scans the area that was asked for, to the millimetre', async () => {
    await withScanner({}, async (driver) => {
      const job = await small(driver)
      const [page] = await readPages(
        driver.scan({ ...job, area: { x: 10, y: 20, width: 60, height: 30 } }, never()),
      )
      assert.ok(page)
      if (page === undefined) return
      const tolerance = job.dpi / 25.4 + 1
      const height = page.bytes / rowBytes(page.format)
      assert.ok(
        Math.abs(page.format.width - (60 * job.dpi) / 25.4) <= tolerance,
        `width ${page.format.width}`,
      )
      assert.ok(Math.abs(height - (30 * job.dpi) / 25.4) <= tolerance, `height ${height}`)
    })
  })

  contract('it scans the whole glass where no area is named', async () => {
    await withScanner({}, async (driver) => {
      const { area: _, ...job } = await small(driver)
      const glass = flatbedOf(await driver.describe(never()))
      const [page] = await readPages(driver.scan(job, never()))
      assert.ok(page)
      if (page === undefined) return
      const tolerance = job.dpi / 25.4 + 1
      assert.ok(Math.abs(page.format.width - (glass.width * job.dpi) / 25.4) <= tolerance)
    })
  })

  contract('it refuses what it lacks before anything moves', async () => {
    await withScanner({}, async (driver) => {
      const job = await small(driver)
      await assertFails(readPages(driver.scan({ ...job, dpi: scanner.lackingDpi }, never())), 'unsupported')
      const outside = { x: 480, y: 0, width: 20, height: 20 }
      await assertFails(readPages(driver.scan({ ...job, area: outside }, never())), 'unsupported')
      const { modes } = flatbedOf(await driver.describe(never()))
      for (const mode of ['colour', 'grey', 'blackwhite'] as const) {
        if (modes.includes(mode)) continue
        await assertFails(readPages(driver.scan({ ...job, mode }, never())), 'unsupported')
      }
      if (!feeder)
        await assertFails(readPages(driver.scan({ ...job, source: 'feeder' }, never())), 'unsupported')
    })
  })

  if (feeder) {
    contract('it scans every page in the feeder', async () => {
      await withScanner({}, async (driver) => {
        const job = await small(driver)
        const pages = await readPages(driver.scan({ ...job, source: 'feeder' }, never()))
        assert.is(pages.length, scanner.feederPages)
        pages.forEach(assertComplete)
      })
    })

    contract('it says that an empty feeder has no document', async () => {
      await withScanner({ feeder: 'empty' }, async (driver) => {
        const job = await small(driver)
        await assertFails(readPages(driver.scan({ ...job, source: 'feeder' }, never())), 'no-document')
      })
    })
  }

  contract('an abort stops it within a second, and the next scan works', async () => {
    await withScanner({ slow: true }, async (driver) => {
      const aborter = new AbortController()
      const reason = new CommandError('cancelled', 'Stopped by the test')
      let abortedAt = 0
      const scan = async (): Promise<void> => {
        for await (const { rows } of driver.scan(await long(driver), aborter.signal)) {
          for await (const _ of rows) {
            abortedAt ||= performance.now()
            aborter.abort(reason)
          }
        }
      }
      assert.is(await rejection(scan()), reason)
      assert.ok(performance.now() - abortedAt < 1000, 'within a second')
      const pages = await readPages(driver.scan(await small(driver), never()))
      pages.forEach(assertComplete)
      assert.is(pages.length, 1)
    })
  })

  contract('leaving a page early stops it, and the next scan works', async () => {
    await withScanner({ slow: true }, async (driver) => {
      const began = performance.now()
      for await (const { rows } of driver.scan(await long(driver), never())) {
        for await (const _ of rows) break
        break
      }
      assert.ok(performance.now() - began < 5000, 'the page was not scanned to its end')
      assert.is((await readPages(driver.scan(await small(driver), never()))).length, 1)
    })
  })

  contract('a signal that was aborted before lets nothing begin', async () => {
    await withScanner({}, async (driver) => {
      const reason = new CommandError('cancelled', 'Stopped before it began')
      const aborted = AbortSignal.abort(reason)
      assert.is(await rejection(readPages(driver.scan(await small(driver), aborted))), reason)
      assert.is(await rejection(driver.describe(aborted)), reason)
    })
  })

  contract.run()
}
