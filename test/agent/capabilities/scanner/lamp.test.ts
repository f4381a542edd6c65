import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PageScan, ScanDriver, ScanJob } from '../../../../agent/capabilities/scanner/driver.ts'
import { FakeScanDriver } from '../../../../agent/capabilities/scanner/fake.ts'
import { scannerCapability } from '../../../../agent/capabilities/scanner/index.ts'
import { lampTest } from '../../../../agent/capabilities/scanner/lamp.ts'
import { SaneDriver } from '../../../../agent/capabilities/scanner/sane.ts'
import type { ScanSourceLimits } from '../../../../protocol/capabilities/scanner.ts'
import { CommandError } from '../../../../protocol/errors.ts'
import { a4, testDevice, writeSaneConfiguration } from '../../../../simulator/sane.ts'
import { silent } from '../../../support/agent-parts.ts'
import { compileCache } from '../../../support/scan.ts'

const never = new AbortController().signal
const limits = (more: Partial<ScanSourceLimits> = {}): ScanSourceLimits => ({
  source: 'flatbed',
  dpi: [300, 75, 150],
  modes: ['colour', 'grey'],
  width: 210,
  height: 297,
  ...more,
})

/** A scanner whose glass looks everywhere like this. */
const glassOf = (value: number, jobs: ScanJob[] = []): ScanDriver => ({
  describe: async () => ({ vendor: '', model: '', driver: 'fake', sources: [limits()] }),
  async *scan(job): AsyncGenerator<PageScan> {
    jobs.push(job)
    const rows = (async function* () {
      yield new Uint8Array(100).fill(value)
      yield new Uint8Array(100).fill(value)
    })()
    yield { format: { width: 100, height: 2, channels: 1, bits: 8, dpi: job.dpi }, rows }
  },
})

const lamp = suite("the test of a scanner's lamp")

lamp('takes a strip of the glass at the lowest resolution and says how bright it was', async () => {
  const jobs: ScanJob[] = []
  const seen = await lampTest(glassOf(200, jobs), { sources: [limits()] }, never)
  assert.equal(jobs, [
    { source: 'flatbed', mode: 'grey', dpi: 75, area: { x: 0, y: 0, width: 210, height: 20 } },
  ])
  assert.is(seen?.ok, true)
  assert.match(seen?.detail ?? '', /^a strip at 75 dpi in \d+ ms, brightness 200 of 255$/)
})

lamp('finds a glass that stays dark', async () => {
  const seen = await lampTest(glassOf(3), { sources: [limits()] }, never)
  assert.is(seen?.ok, false)
  assert.match(seen?.detail ?? '', /brightness 3 of 255: the lamp is dark/)
})

lamp('moves nothing where there is no glass', async () => {
  const jobs: ScanJob[] = []
  const feeder = { sources: [limits({ source: 'feeder' }), limits({ modes: ['blackwhite'] })] }
  assert.is(await lampTest(glassOf(200, jobs), feeder, never), undefined)
  assert.equal(jobs, [])
})

lamp('passes a scanner by that somebody uses at the device, and tells of every other fault', async () => {
  const failing = (code: 'busy' | 'device-fault') => new FakeScanDriver({ fault: { code } })
  const seen = await lampTest(failing('busy'), { sources: [limits()] }, never)
  assert.equal([seen?.ok, seen?.busy], [true, true])
  try {
    await lampTest(failing('device-fault'), { sources: [limits()] }, never)
    assert.unreachable()
  } catch (thrown) {
    assert.is(CommandError.from(thrown).code, 'device-fault')
  }
})

lamp('gives way to a scan that comes meanwhile, which then is not refused', async () => {
  const begun = Promise.withResolvers<void>()
  const fake = new FakeScanDriver({ pageMs: 2000 })
  const driver: ScanDriver = {
    describe: (signal) => fake.describe(signal),
    async *scan(job, signal) {
      if (job.area) begun.resolve()
      yield* fake.scan(job.area ? { ...job, area: { ...job.area, height: 297 } } : job, signal)
    },
  }
  const scanner = scannerCapability({
    driver,
    artefacts: { keep: async () => '01936f00-0000-7000-8000-000000000001' },
    live: { show: () => undefined },
    logger: silent,
  })
  const test = scanner.test?.(never).then(
    () => 'ended',
    (thrown) => CommandError.from(thrown).code,
  )
  await begun.promise
  const { pages } = await scanner.handlers['scanner.scan'](
    { source: 'flatbed', dpi: 75, mode: 'grey', format: 'jpeg' },
    {
      id: '01936f00-0000-7000-8000-000000000002',
      signal: never,
      progress: () => undefined,
      effectBegins: async () => undefined,
      afterReport: () => undefined,
    },
  )
  assert.is(pages.length, 1)
  assert.is(await test, 'cancelled')
})

lamp('looks through a real driver', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'avyl-lamp-'))
  try {
    await writeSaneConfiguration(dir)
    const driver = new SaneDriver({ device: testDevice, configDir: dir, maxArea: a4, ...compileCache(dir) })
    const seen = await lampTest(driver, await driver.describe(never), never)
    assert.is(seen?.ok, true)
    assert.match(seen?.detail ?? '', /^a strip at 75 dpi in \d+ ms, brightness \d+ of 255$/)
    await driver.idle()
  } finally {
    await rm(dir, { recursive: true })
  }
})

lamp.run()
