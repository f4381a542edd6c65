import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ScanJob } from '../../../../agent/capabilities/scanner/driver.ts'
import { SaneDriver, type SaneDriverOptions } from '../../../../agent/capabilities/scanner/sane.ts'
import type { OptionValue } from '../../../../agent/devices/sane/option.ts'
import { a4, testDevice, writeSaneConfiguration } from '../../../../simulator/sane.ts'
import { compileCache, type ReadPage, readScan } from '../../../support/scan.ts'

const dir = await mkdtemp(join(tmpdir(), 'avyl-sane-'))
await writeSaneConfiguration(dir)

const driverWith = (options: SaneDriverOptions = {}): SaneDriver =>
  new SaneDriver({ device: testDevice, configDir: dir, maxArea: a4, ...compileCache(dir), ...options })

const scan = async (driver: SaneDriver, job: ScanJob): Promise<readonly ReadPage[]> => {
  const { pages, error } = await readScan(driver, job)
  assert.is(error, undefined)
  await driver.idle()
  return pages
}

/** The size and the pixels of a portable any-map. */
const readAnymap = async (file: string): Promise<{ width: number; height: number; pixels: Buffer }> => {
  const bytes = await readFile(file)
  const header = /^P[456]\n(?:#[^\n]*\n)*(\d+) (\d+)\n(?:255\n)?/.exec(
    bytes.subarray(0, 200).toString('latin1'),
  )
  if (header === null) throw new Error('not an any-map')
  return { width: Number(header[1]), height: Number(header[2]), pixels: bytes.subarray(header[0].length) }
}

/** What `scanimage` makes of the same options, one any-map a page. */
const scanimage = async (...args: string[]): Promise<Awaited<ReturnType<typeof readAnymap>>[]> => {
  const out = await mkdtemp(join(dir, 'oracle-'))
  const all = ['-d', testDevice, '--format=pnm', `--batch=${join(out, 'p%03d')}`, ...args]
  await promisify(execFile)('scanimage', all, { env: { ...process.env, SANE_CONFIG_DIR: dir } })
  const names = (await readdir(out)).sort()
  return await Promise.all(names.map((name) => readAnymap(join(out, name))))
}

const assertEqualPages = (ours: readonly ReadPage[], theirs: Awaited<ReturnType<typeof scanimage>>): void => {
  assert.is(ours.length, theirs.length)
  ours.forEach(({ format, pixels }, at) => {
    const other = theirs[at]
    assert.is(format.width, other?.width)
    if (format.height !== undefined) assert.is(format.height, other?.height)
    assert.ok(other !== undefined && pixels.equals(other.pixels), `the pixels of page ${at + 1}`)
  })
}

const pixels = suite('a scan is equal to that of scanimage, pixel for pixel')
pixels.after(() => rm(dir, { recursive: true }))

const modes = {
  colour: ['--mode', 'Color', '--depth', '8'],
  grey: ['--mode', 'Gray', '--depth', '8'],
  blackwhite: ['--mode', 'Gray', '--depth', '1'],
} as const

for (const [mode, words] of Object.entries(modes) as [keyof typeof modes, readonly string[]][]) {
  for (const dpi of [75, 150, 300]) {
    pixels(`in ${mode} at ${dpi} dpi`, async () => {
      const ours = await scan(driverWith(), { source: 'flatbed', dpi, mode })
      const size = ['-x', '210', '-y', '297']
      assertEqualPages(ours, await scanimage('--batch-count=1', ...words, '--resolution', `${dpi}`, ...size))
    })
  }
}

pixels('of a part of the glass', async () => {
  for (const picture of ['Grid', 'Color pattern']) {
    const driver = driverWith({ options: { 'test-picture': picture } })
    const area = { x: 12.5, y: 30, width: 101.7, height: 55.3 }
    const ours = await scan(driver, { source: 'flatbed', dpi: 200, mode: 'colour', area })
    const edges = ['-l', '12.5', '-t', '30', '-x', '101.7', '-y', '55.3', '--test-picture', picture]
    assertEqualPages(
      ours,
      await scanimage('--batch-count=1', ...modes.colour, '--resolution', '200', ...edges),
    )
  }
})

pixels('of every page in the feeder', async () => {
  const area = { x: 0, y: 0, width: 100, height: 80 }
  const ours = await scan(driverWith(), { source: 'feeder', dpi: 100, mode: 'grey', area })
  assert.is(ours.length, 10)
  const feeder = ['--source', 'Automatic Document Feeder', '-x', '100', '-y', '80']
  assertEqualPages(ours, await scanimage(...modes.grey, '--resolution', '100', ...feeder))
})

pixels('when the device gives a few bytes at a time, late or padded', async () => {
  const area = { x: 0, y: 0, width: 60, height: 40 }
  const job: ScanJob = { source: 'flatbed', dpi: 100, mode: 'colour', area }
  const [plain] = await scan(driverWith(), job)
  const ways: Record<string, OptionValue>[] = [
    { 'read-limit': true, 'read-limit-size': 100 },
    { 'read-delay': true, 'read-delay-duration': 2000 },
    { 'non-blocking': true },
    { 'fuzzy-parameters': true },
  ]
  for (const options of ways) {
    const [page] = await scan(driverWith({ options }), job)
    assert.equal(page?.format, plain?.format)
    assert.ok(page && plain && page.pixels.equals(plain.pixels), JSON.stringify(options))
  }
})

pixels('when the device drops pixels at the end of each line', async () => {
  const area = { x: 0, y: 0, width: 50, height: 30 }
  const job: ScanJob = { source: 'flatbed', dpi: 100, mode: 'grey', area }
  const ours = await scan(driverWith({ options: { 'ppl-loss': 7 } }), job)
  const args = ['--resolution', '100', '-x', '50', '-y', '30', '--ppl-loss', '7']
  const [theirs] = await scanimage('--batch-count=1', ...modes.grey, ...args)
  const [page] = ours
  assert.is(page?.format.width, theirs?.width)
  assert.is(page?.pixels.length, (page?.format.width ?? 0) * (page?.format.height ?? 0))
})

pixels('when the device does not know the height', async () => {
  const area = { x: 0, y: 0, width: 100, height: 50 }
  const options = { 'hand-scanner': true }
  const [page] = await scan(driverWith({ options }), { source: 'flatbed', dpi: 100, mode: 'grey', area })
  assert.is(page?.format.height, undefined)
  const words = [...modes.grey, '--hand-scanner=yes', '--resolution', '100']
  const [theirs] = await scanimage('--batch-count=1', ...words)
  assert.is(page?.format.width, theirs?.width)
  assert.ok(page && theirs && page.pixels.equals(theirs.pixels.subarray(0, page.pixels.length)))
})

pixels.run()
