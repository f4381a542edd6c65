import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type DeviceProfile, unknownModel } from '../../../../agent/capabilities/device-profile.ts'
import { openDevices } from '../../../../agent/capabilities/devices.ts'
import type { ScanDriver, ScanJob } from '../../../../agent/capabilities/scanner/driver.ts'
import { esclOptionsOf } from '../../../../agent/capabilities/scanner/escl-profile.ts'
import { unfitFor, withinLimits } from '../../../../agent/capabilities/scanner/model-limits.ts'
import { saneOptionsOf } from '../../../../agent/capabilities/scanner/sane-profile.ts'
import { parseConfig } from '../../../../agent/config.ts'
import type { ScannerDescription } from '../../../../protocol/capabilities/scanner.ts'
import type { CommandError } from '../../../../protocol/errors.ts'
import type { Quirk } from '../../../../protocol/quirks.ts'
import { scratch, silent } from '../../../support/agent-parts.ts'

const never = new AbortController().signal
const because = { reason: 'it is so in this test', source: 'this test' }
const claimed: ScannerDescription = {
  vendor: 'Test',
  model: 'T',
  driver: 'test',
  sources: [
    {
      source: 'flatbed',
      dpi: [75, 300, 600, 1200],
      modes: ['colour', 'grey', 'blackwhite'],
      width: 220,
      height: 400,
    },
    { source: 'feeder', dpi: [75, 300, 600], modes: ['colour', 'grey'], width: 216, height: 355 },
  ],
}

/** A device that says more of itself than is true, and how often it was asked. */
const boaster = () => {
  const jobs: ScanJob[] = []
  let asked = 0
  const driver: ScanDriver = {
    async describe() {
      asked += 1
      return claimed
    },
    // biome-ignore lint/correctness/useYield: it has no pages
    async *scan(job) {
      jobs.push(job)
    },
  }
  return { driver, jobs, asked: () => asked }
}
const model = (changes: Partial<DeviceProfile>): DeviceProfile => ({
  ...unknownModel,
  slug: 'test/t',
  ...changes,
})
const quirky = (...quirks: Quirk[]) => model({ quirks })
const sourceOf = async (
  profile: DeviceProfile,
  source: 'flatbed' | 'feeder',
  way: 'escl' | 'sane' = 'escl',
) =>
  (await withinLimits(boaster().driver, profile, way).describe(never)).sources.find(
    (one) => one.source === source,
  )
const scanOf = async (driver: ScanDriver, job: ScanJob): Promise<unknown> => {
  try {
    for await (const _ of driver.scan(job, never));
    return undefined
  } catch (thrown) {
    return thrown
  }
}

const limits = suite("a scanner within its model's limits")

limits('is left alone where nothing is known', () => {
  const { driver } = boaster()
  assert.is(withinLimits(driver, unknownModel, 'escl'), driver)
})

limits('offers no more than its profile allows, and nothing that it lacks', async () => {
  const profile = model({
    scan: { ways: [], dpi: [300, 600, 2400], modes: ['grey'], maxArea: { width: 210, height: 297 } },
  })
  assert.equal(await sourceOf(profile, 'flatbed'), {
    ...{ source: 'flatbed', dpi: [300, 600], modes: ['grey'] },
    ...{ width: 210, height: 297 },
  })
  const feeder = await sourceOf(profile, 'feeder')
  assert.equal([feeder?.width, feeder?.height], [210, 355], 'long sheets go through a feeder')
  assert.is(await sourceOf(model({ scan: { ways: [], feeder: false } }), 'feeder'), undefined)
})

limits('leaves out resolutions of dpiExcluded, on that way alone', async () => {
  const profile = quirky({ quirk: 'dpiExcluded', way: 'escl', dpi: [600], ...because })
  assert.equal((await sourceOf(profile, 'flatbed'))?.dpi, [75, 300, 1200])
  assert.equal((await sourceOf(profile, 'flatbed', 'sane'))?.dpi, [75, 300, 600, 1200])
})

limits('keeps its feeder below feederDpiMax', async () => {
  const profile = quirky({ quirk: 'feederDpiMax', dpi: 300, ...because })
  assert.equal((await sourceOf(profile, 'feeder'))?.dpi, [75, 300])
  assert.equal((await sourceOf(profile, 'flatbed'))?.dpi, [75, 300, 600, 1200])
})

limits('is no wider than widthMax, also when the whole glass is wanted', async () => {
  const profile = quirky({ quirk: 'widthMax', millimetres: 215, ...because })
  assert.is((await sourceOf(profile, 'flatbed'))?.width, 215)
  const { driver, jobs } = boaster()
  assert.is(
    await scanOf(withinLimits(driver, profile, 'sane'), { source: 'flatbed', dpi: 300, mode: 'grey' }),
    undefined,
  )
  assert.equal(jobs[0]?.area, { x: 0, y: 0, width: 215, height: 400 })
})

limits('refuses what lies beyond before anything moves, and asks the device once', async () => {
  const { driver, jobs, asked } = boaster()
  const bounded = withinLimits(driver, quirky({ quirk: 'feederDpiMax', dpi: 300, ...because }), 'escl')
  const thrown = await scanOf(bounded, { source: 'feeder', dpi: 600, mode: 'grey' })
  assert.is((thrown as CommandError).code, 'unsupported')
  assert.is(jobs.length, 0)
  const area = { x: 10, y: 10, width: 50, height: 50 }
  for (const job of [{ area }, {}]) {
    await bounded.describe(never)
    assert.is(await scanOf(bounded, { source: 'feeder', dpi: 300, mode: 'grey', ...job }), undefined)
  }
  assert.equal(
    jobs.map((job) => job.area),
    [area, undefined],
  )
  assert.is(asked(), 3, 'a scan after a description costs no other one')
})

limits('is refused for wsdOnly and panelPress, with the reason', async () => {
  const wsdOnly: Quirk = { quirk: 'wsdOnly', ...because }
  const panelPress: Quirk = { quirk: 'panelPress', menu: 'Send, WSD Scan', ...because }
  assert.is(unfitFor(unknownModel), undefined)
  const config = parseConfig({ dataFolder: scratch() })
  for (const [quirks, words] of [
    [[wsdOnly], /WSD only/],
    [[wsdOnly, panelPress], /at its panel: Send, WSD Scan/],
  ] as const) {
    const { scanner } = await openDevices(config, silent, model({ quirks: [...quirks] }))
    const thrown = (await scanner.describe(never).catch((error) => error)) as CommandError
    assert.is(thrown.code, 'unsupported')
    assert.match(thrown.message, words)
    assert.throws(() => scanner.scan({ source: 'flatbed', dpi: 75, mode: 'grey' }, never), words)
  }
})

limits("hands its model's patience to the drivers", () => {
  const timeouts = { openMs: 5000, firstByteMs: 30_000, stallMs: 7000, closeMs: 15_000 }
  assert.equal(saneOptionsOf(model({ timeouts })).timeouts, {
    call: 5000,
    firstByte: 30_000,
    stall: 7000,
    close: 15_000,
  })
  const escl = esclOptionsOf(model({ timeouts })).timeouts
  assert.equal([escl?.firstByteMs, escl?.stallMs, escl?.settleMs], [30_000, 7000, 15_000])
  assert.equal(saneOptionsOf(unknownModel).timeouts, {})
})

limits.run()
