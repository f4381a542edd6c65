import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ScanJob } from '../../../../agent/capabilities/scanner/driver.ts'
import { FakeScanDriver } from '../../../../agent/capabilities/scanner/fake.ts'
import { CommandError } from '../../../../protocol/errors.ts'
import { scannerContract } from '../../../contract/scanner.ts'

scannerContract({
  name: 'the fake scanner',
  feederPages: 3,
  lackingDpi: 200,
  open: async ({ feeder, slow }) => ({
    driver: new FakeScanDriver({ feederPages: feeder === 'loaded' ? 3 : 0, pageMs: slow ? 8000 : 0 }),
    close: async () => undefined,
  }),
})

const fake = suite('a fake scanner')
const never = new AbortController().signal
const job: ScanJob = { source: 'feeder', dpi: 75, mode: 'grey' }

/** How many pages came whole, and how many bytes in all, before the error. */
const outcome = async (driver: FakeScanDriver, what: ScanJob) => {
  let pages = 0
  let bytes = 0
  try {
    for await (const { rows } of driver.scan(what, never)) {
      for await (const piece of rows) bytes += piece.length
      pages += 1
    }
  } catch (thrown) {
    assert.instance(thrown, CommandError)
    return { pages, bytes, code: (thrown as CommandError).code }
  }
  return { pages, bytes, code: undefined }
}

fake('fails where it was told to, between two pages or within one', async () => {
  const driver = new FakeScanDriver({ feederPages: 3, fault: { code: 'jam', afterPages: 2 } })
  assert.is((await outcome(driver, job)).pages, 2)
  assert.is(driver.feederPages, 1, 'the jammed sheet is still in the feeder')
  driver.fault = { code: 'truncated', afterRows: 64 }
  assert.equal(await outcome(driver, { ...job, source: 'flatbed' }), {
    pages: 0,
    bytes: 64 * 620,
    code: 'truncated',
  })
  driver.fault = { code: 'jam', afterPages: 1 }
  assert.equal((await outcome(driver, job)).code, 'jam', 'behind the last page too')
  driver.fault = { code: 'device-absent' }
  const gone = await driver.describe(never).catch((thrown) => thrown)
  assert.is(gone.code, 'device-absent')
})

fake('does one scan at a time', async () => {
  const driver = new FakeScanDriver({ feederPages: 2 })
  for await (const { rows } of driver.scan({ ...job, source: 'flatbed' }, never)) {
    assert.is((await outcome(driver, job)).code, 'busy')
    for await (const _ of rows);
  }
  assert.is((await outcome(driver, job)).pages, 2)
})

fake('does not call a page that was left a scan', async () => {
  const driver = new FakeScanDriver({ feederPages: 2 })
  const left = (async () => {
    for await (const _ of driver.scan(job, never));
  })()
  assert.is((await left.catch((thrown) => thrown)).code, 'truncated')
})

fake('costs next to nothing: a page shares its bands', async () => {
  const driver = new FakeScanDriver()
  const seen = new Set<ArrayBufferLike>()
  for await (const { rows } of driver.scan({ source: 'flatbed', dpi: 300, mode: 'colour' }, never)) {
    for await (const piece of rows) seen.add(piece.buffer)
  }
  assert.is(seen.size, 1)
})

fake.run()
