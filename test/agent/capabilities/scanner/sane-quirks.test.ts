import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type DeviceProfile, unknownModel } from '../../../../agent/capabilities/device-profile.ts'
import { withinLimits } from '../../../../agent/capabilities/scanner/model-limits.ts'
import { saneOptionsOf } from '../../../../agent/capabilities/scanner/sane-profile.ts'
import type { Quirk } from '../../../../protocol/quirks.ts'
import { scratch } from '../../../support/agent-parts.ts'
import { assertGone, backend, driverOf, page, pageOf, timeouts } from '../../../support/sane-fault/scanner.ts'
import { codeOf, readScan } from '../../../support/scan.ts'

// The same scan on the same device without the model's quirk shows that the quirk is what helps.

const quirks = suite('a SANE driver that is told of a quirk')
const known = { reason: 'What the virtual device does', source: 'the test' }
const never = new AbortController().signal
const profileOf = (...all: readonly Quirk[]): DeviceProfile => ({ ...unknownModel, quirks: [...all] })

/** Aborts a scan in the middle of its first page, then scans once more. */
const cancelledThenScanned = async (profile: DeviceProfile) => {
  const driver = driverOf('dead-after-cancel', {
    ...saneOptionsOf(profile),
    timeouts,
    environment: { ...backend.environment, AVYLFAULT_DEAD: join(scratch(), 'dead') },
  })
  const stop = new AbortController()
  const stopped = new Error('nobody wants it any more')
  let thrown: unknown
  try {
    for await (const { rows } of driver.scan(page, stop.signal)) {
      for await (const _ of rows) stop.abort(stopped)
    }
  } catch (reason) {
    thrown = reason
  }
  assert.is(thrown, stopped)
  const next = await readScan(driver, page)
  await assertGone(driver)
  return next
}

quirks('hangsAfterCancel lets the page run out before the device is given back', async () => {
  const { pages, error } = await cancelledThenScanned(
    profileOf({ quirk: 'hangsAfterCancel', forMs: 60_000, ...known }),
  )
  assert.is(error, undefined)
  assert.ok(pages[0]?.pixels.equals(pageOf(638, 877)))
  assert.is(codeOf((await cancelledThenScanned(unknownModel)).error), 'device-absent')
})

for (const [quirk, source] of [
  [{ quirk: 'dpiExcluded', way: 'sane', dpi: [600], ...known }, 'flatbed'],
  [{ quirk: 'feederDpiMax', dpi: 300, ...known }, 'feeder'],
] as const satisfies readonly (readonly [Quirk, string])[]) {
  quirks(`${quirk.quirk} neither offers nor tries what the device breaks at`, async () => {
    const driver = driverOf('breaks-fine')
    const told = withinLimits(driver, profileOf({ ...quirk } as Quirk), 'sane')
    const { sources } = await told.describe(never)
    assert.not(sources.find((one) => one.source === source)?.dpi.includes(600))
    const job = { ...page, source, dpi: 600 }
    assert.is(codeOf((await readScan(told, job)).error), 'unsupported')
    assert.is(codeOf((await readScan(driver, job)).error), 'device-fault')
    await assertGone(driver)
  })
}

quirks.run()
