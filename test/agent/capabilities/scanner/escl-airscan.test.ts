import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ScanJob } from '../../../../agent/capabilities/scanner/driver.ts'
import { EsclDriver, type EsclDriverOptions } from '../../../../agent/capabilities/scanner/escl.ts'
import { documentSheet, type VirtualMfp } from '../../../../simulator/virtual-mfp/virtual-mfp.ts'
import { withVirtualMfp } from '../../../support/virtual-mfp.ts'

const run = promisify(execFile)
const agreement = suite('our eSCL and that of sane-airscan')
const installed =
  existsSync('/usr/bin/scanimage') &&
  ['x86_64', 'aarch64'].some((machine) =>
    existsSync(`/usr/lib/${machine}-linux-gnu/sane/libsane-airscan.so.1`),
  )
/** Skipped where sane-utils or sane-airscan is not installed. */
const check = installed ? agreement : agreement.skip

const never = new AbortController().signal
const deviceName = 'Virtual MFP'

/** Scans with `scanimage` through a private configuration that knows this device alone. */
const throughAirscan = async (
  mfp: VirtualMfp,
  folder: string,
  options: readonly string[],
): Promise<Buffer> => {
  const device = `[devices]\n"${deviceName}" = ${mfp.url}, eSCL\n[options]\ndiscovery = disable\n`
  await writeFile(join(folder, 'dll.conf'), 'airscan\n')
  await writeFile(join(folder, 'airscan.conf'), device)
  const { stdout } = await run('scanimage', ['-d', `airscan:e0:${deviceName}`, '--format=pnm', ...options], {
    env: { ...process.env, SANE_CONFIG_DIR: folder },
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 30_000,
  })
  return stdout
}

/** Width, height and samples of a PNM as scanimage writes it, with its comment. */
const parsePnm = (pnm: Buffer) => {
  const header = /^P[56]\n(?:#[^\n]*\n)*(\d+) (\d+)\n255\n/.exec(pnm.toString('latin1', 0, 200))
  return {
    width: Number(header?.[1]),
    height: Number(header?.[2]),
    samples: pnm.subarray(header?.[0].length),
  }
}

const throughDriver = async (mfp: VirtualMfp, job: ScanJob, asked: Pick<EsclDriverOptions, 'format'>) => {
  for await (const { format, rows } of new EsclDriver({ url: mfp.url, ...asked }).scan(job, never)) {
    const pieces: Uint8Array[] = []
    for await (const piece of rows) pieces.push(piece)
    return { ...format, samples: Buffer.concat(pieces) }
  }
  throw new Error('no page')
}

const meanDifference = (one: Buffer, other: Buffer): number => {
  assert.is(one.length, other.length)
  let sum = 0
  for (let index = 0; index < one.length; index += 1) sum += Math.abs((one[index] ?? 0) - (other[index] ?? 0))
  return sum / one.length
}

for (const [mode, word, dpi] of [
  ['colour', 'Color', 150],
  ['grey', 'Gray', 300],
] as const) {
  check(`agree on a whole page in ${mode} at ${dpi} dpi`, async () => {
    await withVirtualMfp({ pages: ['questionnaire'] }, async (mfp, folder) => {
      const theirs = parsePnm(
        await throughAirscan(mfp, folder, ['--mode', word, '--resolution', `${dpi}`, '--source', 'Flatbed']),
      )
      const job: ScanJob = { source: 'flatbed', dpi, mode }
      // It asks for PNG, where no pixel may differ; ours asks for JPEG unless told.
      const png = await throughDriver(mfp, job, { format: 'image/png' })
      assert.equal([png.width, png.height], [theirs.width, theirs.height])
      assert.ok(png.samples.equals(theirs.samples))
      const jpeg = await throughDriver(mfp, job, {})
      assert.equal([jpeg.width, jpeg.height], [theirs.width, theirs.height])
      const difference = meanDifference(jpeg.samples, theirs.samples)
      assert.ok(difference > 0 && difference < 2, `${difference}`)
    })
  })
}

check('agree that a jammed feeder gives no page', async () => {
  await withVirtualMfp({ pages: ['notice'] }, async (mfp, folder) => {
    mfp.setFault({ kind: 'jam', afterPage: 0 })
    const feeder = ['--source', 'ADF', '--mode', 'Gray', '--resolution', '75']
    const failed = await throughAirscan(mfp, folder, feeder).catch((thrown) => thrown)
    assert.instance(failed, Error)
    await mfp.loadFeeder([await documentSheet('notice')])
    const driver = throughDriver(mfp, { source: 'feeder', dpi: 75, mode: 'grey' }, {})
    assert.is((await driver.catch((thrown) => thrown)).code, 'jam')
  })
})

agreement.run()
