import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SaneDriver } from '../../../../agent/capabilities/scanner/sane.ts'
import { CommandError, type ErrorCode } from '../../../../protocol/errors.ts'
import { testDevice, writeSaneConfiguration } from '../../../../simulator/sane.ts'
import { assertGone, backend, driverOf, page, pageOf, timeouts } from '../../../support/sane-fault/scanner.ts'
import { codeOf, readScan } from '../../../support/scan.ts'

const never = (): AbortSignal => new AbortController().signal

const devices = suite('the SANE driver takes devices as they are')

devices('a driver that has nothing yet is asked again', async () => {
  const { pages, error } = await readScan(driverOf('later'), {
    ...page,
    area: { x: 0, y: 0, width: 50, height: 50 },
  })
  assert.is(error, undefined)
  assert.ok(pages[0]?.pixels.equals(pageOf(148, 148)))
})

devices('the padding of lines is taken off', async () => {
  const { pages, error } = await readScan(driverOf('padded'), page)
  assert.is(error, undefined)
  assert.ok(pages[0]?.pixels.equals(pageOf(638, 877)))
})

devices('lines of a device that does not know its height are whole', async () => {
  const { pages, error } = await readScan(driverOf('hand'), page)
  assert.is(error, undefined)
  assert.ok(pages[0]?.pixels.equals(pageOf(638, 877)))
})

devices('a device that measures its glass in pixels is told in pixels', async () => {
  const driver = driverOf('pixels')
  const { sources } = await driver.describe(never())
  assert.equal(
    sources.map(({ width, height }) => [Math.round(width), Math.round(height)]),
    [
      [216, 297],
      [216, 297],
    ],
  )
  const area = { x: 10, y: 0, width: 50.8, height: 25.4 }
  const { pages, error } = await readScan(driver, { ...page, dpi: 150, area })
  assert.is(error, undefined)
  assert.is(pages[0]?.pixels.length, 300 * 150)
})

devices('a jam leaves the pages before it whole', async () => {
  const driver = driverOf('jam')
  const { pages, error } = await readScan(driver, { ...page, source: 'feeder' })
  assert.is(codeOf(error), 'jam')
  assert.is(pages.length, 2)
  assert.ok(pages.every((one) => one.pixels.equals(pageOf(638, 877))))
  await assertGone(driver)
})

devices('the feeder gives as many pages as it holds', async () => {
  for (const pages of [1, 5]) {
    const { pages: scanned } = await readScan(driverOf('ok', { options: { pages } }), {
      ...page,
      source: 'feeder',
    })
    assert.is(scanned.length, pages)
  }
  const { error } = await readScan(driverOf('ok', { options: { pages: 0 } }), { ...page, source: 'feeder' })
  assert.is(codeOf(error), 'no-document')
})

devices('a second scan at the same time is told that it is busy', async () => {
  const driver = driverOf('ok')
  for await (const { rows } of driver.scan(page, never())) {
    assert.is(codeOf((await readScan(driver, page)).error), 'busy')
    const description = await driver.describe(never())
    assert.is(description.model, 'Fault')
    for await (const _ of rows);
  }
  assert.is((await readScan(driver, page)).error, undefined)
})

devices('a scan that waits for its turn can be aborted', async () => {
  const driver = driverOf('ok')
  const description = driver.describe(never())
  const aborter = new AbortController()
  const outcome = readScan(driver, page, aborter.signal)
  const reason = new CommandError('cancelled', 'Not wanted any more')
  aborter.abort(reason)
  assert.is((await outcome).error, reason)
  assert.is((await description).driver, 'sane')
  assert.is((await readScan(driver, page)).error, undefined)
})

devices('every status that SANE can answer has a code', async () => {
  const configDir = await mkdtemp(join(tmpdir(), 'avyl-sane-'))
  await writeSaneConfiguration(configDir)
  const codes: Record<string, ErrorCode> = {
    UNSUPPORTED: 'unsupported',
    CANCELLED: 'cancelled',
    DEVICE_BUSY: 'busy',
    INVAL: 'unsupported',
    EOF: 'truncated',
    JAMMED: 'jam',
    NO_DOCS: 'no-document',
    COVER_OPEN: 'cover-open',
    IO_ERROR: 'device-fault',
    NO_MEM: 'device-fault',
    ACCESS_DENIED: 'refused',
  }
  for (const [status, code] of Object.entries(codes)) {
    const options = { 'read-return-value': `SANE_STATUS_${status}` }
    const { error } = await readScan(driverOf('none', { device: testDevice, configDir, options }), page)
    assert.is(codeOf(error), code, status)
  }
  await rm(configDir, { recursive: true })
})

devices('no scanner, no library and no child process are each said', async () => {
  const configDir = await mkdtemp(join(tmpdir(), 'avyl-sane-'))
  await writeSaneConfiguration(configDir, { backends: [] })
  assert.is(codeOf((await readScan(new SaneDriver({ configDir }), page)).error), 'device-absent')
  assert.is(
    codeOf((await readScan(driverOf('ok', { libraryPath: 'libnowhere.so' }), page)).error),
    'device-absent',
  )
  assert.is(
    codeOf((await readScan(driverOf('ok', { child: join(configDir, 'none.js') }), page)).error),
    'device-fault',
  )
  await rm(configDir, { recursive: true })
})

devices('the first scanner that SANE finds is taken where none is named', async () => {
  const { error } = await readScan(new SaneDriver({ ...backend, timeouts }), page)
  assert.is(error, undefined)
})

devices.run()
