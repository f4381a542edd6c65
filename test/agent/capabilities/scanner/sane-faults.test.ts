import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CommandError, type ErrorCode } from '../../../../protocol/errors.ts'
import { assertGone, driverOf, page, pageOf, timeouts } from '../../../support/sane-fault/scanner.ts'
import { codeOf, readScan } from '../../../support/scan.ts'

const faults = suite('a driver that fails leaves the agent alive and says why')

const expected: Record<string, ErrorCode> = {
  'segv-open': 'device-fault',
  'hang-open': 'device-fault',
  busy: 'busy',
  denied: 'refused',
  unplugged: 'device-absent',
  nowhere: 'device-absent',
  'abort-start': 'device-fault',
  cover: 'cover-open',
  'segv-read': 'device-fault',
  'hang-read': 'device-fault',
  'exit-read': 'device-fault',
  disconnect: 'device-fault',
  short: 'truncated',
  long: 'device-fault',
  rounding: 'unsupported',
  'three-pass': 'unsupported',
  senseless: 'device-fault',
  narrow: 'device-fault',
}

for (const [fault, code] of Object.entries(expected)) {
  faults(`${fault} is ${code}`, async () => {
    const short = fault === 'hang-open' ? { call: 1000 } : fault === 'hang-read' ? { stall: 300 } : {}
    const driver = driverOf(fault, { timeouts: { ...timeouts, ...short } })
    const { error } = await readScan(driver, page)
    assert.is(codeOf(error), code, String(error))
    await assertGone(driver)
  })
}

faults('and the next scan works', async () => {
  const driver = driverOf('ok')
  const { pages, error } = await readScan(driver, page)
  assert.is(error, undefined)
  assert.ok(pages[0]?.pixels.equals(pageOf(638, 877)))
  await assertGone(driver)
})

for (const fault of ['slow', 'hang-cancel', 'segv-cancel', 'hang-close', 'sigterm-steal']) {
  faults(`an abort within a second ends ${fault}`, async () => {
    const driver = driverOf(fault)
    const aborter = new AbortController()
    const reason = new CommandError('cancelled', 'Stopped by the test')
    let abortedAt = 0
    let error: unknown
    try {
      for await (const { rows } of driver.scan({ ...page, dpi: 300, mode: 'colour' }, aborter.signal)) {
        for await (const _ of rows) {
          abortedAt ||= performance.now()
          aborter.abort(reason)
        }
      }
    } catch (thrown) {
      error = thrown
    }
    assert.is(error, reason)
    assert.ok(performance.now() - abortedAt < 1000, 'within a second')
    await assertGone(driver)
  })
}

faults('an abort while the driver hangs in open does not wait for it', async () => {
  const driver = driverOf('hang-open', { timeouts: { ...timeouts, call: 60_000 } })
  const aborter = new AbortController()
  const reason = new CommandError('timeout', 'Too late')
  const outcome = readScan(driver, page, aborter.signal)
  // Whatever the child is doing by now, it never gets out of it by itself.
  setTimeout(() => aborter.abort(reason), 200)
  assert.is((await outcome).error, reason)
  await assertGone(driver)
})

faults('a driver that hangs while it gives the device back is ended, and its page is good', async () => {
  const driver = driverOf('hang-close')
  const { pages, error } = await readScan(driver, page)
  assert.is(error, undefined)
  assert.is(pages.length, 1)
  await assertGone(driver)
})

faults.run()
