import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type DeviceProfile, unknownModel } from '../../../../agent/capabilities/device-profile.ts'
import { openDevices } from '../../../../agent/capabilities/devices.ts'
import type { ScanDriver, ScanJob } from '../../../../agent/capabilities/scanner/driver.ts'
import { EsclDriver } from '../../../../agent/capabilities/scanner/escl.ts'
import { esclOptionsOf } from '../../../../agent/capabilities/scanner/escl-profile.ts'
import { decodeJpeg } from '../../../../agent/capabilities/scanner/jpeg-rows.ts'
import { withinLimits } from '../../../../agent/capabilities/scanner/model-limits.ts'
import { decodePng } from '../../../../agent/capabilities/scanner/png-rows.ts'
import { parseConfig } from '../../../../agent/config.ts'
import { EsclClient, type EsclTimeouts } from '../../../../agent/devices/escl/escl.ts'
import type { Quirk } from '../../../../protocol/quirks.ts'
import {
  documentSheet,
  type MfpFault,
  sheetOf,
  type VirtualMfp,
} from '../../../../simulator/virtual-mfp/virtual-mfp.ts'
import { scratch, silent } from '../../../support/agent-parts.ts'
import { codeOf, type ReadScan, readScan } from '../../../support/scan.ts'
import { withVirtualMfp } from '../../../support/virtual-mfp.ts'

// Each device here misbehaves in one way. The same scan without the model's quirk shows that the quirk is what helps.

const quirks = suite('an eSCL driver that is told of a quirk')
const known = { reason: 'What the virtual device does', source: 'the test' }
const profileOf = (...all: readonly Quirk[]): DeviceProfile => ({ ...unknownModel, quirks: [...all] })
const never = new AbortController().signal
const flatbed: ScanJob = { source: 'flatbed', dpi: 75, mode: 'grey' }
const feeder: ScanJob = { source: 'feeder', dpi: 75, mode: 'grey' }
/** Patience that is short only where a device without its quirk is waited for. */
const patient = { retryMs: 5, settleMs: 2000 }

const driverFor = (
  { url }: VirtualMfp,
  profile: DeviceProfile,
  timeouts: Partial<EsclTimeouts> = patient,
): ScanDriver => {
  const options = esclOptionsOf(profile)
  const driver = new EsclDriver({
    url,
    quirks: options.quirks,
    timeouts: { ...timeouts, ...options.timeouts },
  })
  return withinLimits(driver, profile, 'escl')
}

const sheet = documentSheet('application').then(async ({ picture }) =>
  sheetOf('small', await sharp(picture).resize(620, 877, { fit: 'fill' }).png().toBuffer()),
)

const region = { x: 0, y: 0, width: 600, height: 600 }
const settings = { version: '2.63', source: 'Platen', region, resolution: 75, colorMode: 'RGB24' } as const

/** Lends a device with this fault, a sheet on its glass and three in its feeder. */
const withFault = <T>(fault: MfpFault, use: (mfp: VirtualMfp) => Promise<T>): Promise<T> =>
  withVirtualMfp({}, async (mfp) => {
    await mfp.layOnGlass(await sheet)
    await mfp.loadFeeder([await sheet, await sheet, await sheet])
    mfp.setFault(fault)
    return await use(mfp)
  })

/** Scans on a device with this fault: by the model's profile, and by that of an unknown model. */
const both = async (
  fault: MfpFault,
  quirk: Quirk,
  job: ScanJob,
  timeouts?: Partial<EsclTimeouts>,
): Promise<{ readonly told: ReadScan; readonly untold: ReadScan }> => {
  const by = (profile: DeviceProfile) =>
    withFault(fault, (mfp) => readScan(driverFor(mfp, profile, timeouts), job))
  return { told: await by(profileOf(quirk)), untold: await by(unknownModel) }
}

const assertPages = ({ pages, error }: ReadScan, count: number): void => {
  assert.is(error, undefined)
  assert.is(pages.length, count)
  for (const { pixels } of pages) assert.is(pixels.length, 620 * 877)
}

const early: Quirk = { quirk: 'nextDocumentDelay', firstMs: 5, mostMs: 40, ...known }

quirks('nextDocumentDelay waits for a page although the device says that it does nothing', async () => {
  const { told, untold } = await both({ kind: 'early-404', times: 3, status: 'idle' }, early, flatbed)
  assertPages(told, 1)
  assert.is(codeOf(untold.error), 'device-fault')
})

quirks('nextDocumentDelay loses no sheet of the feeder', async () => {
  const afterFirst = (profile: DeviceProfile) =>
    withFault({ kind: 'early-404', times: 0 }, async (mfp) => {
      let pages = 0
      for await (const { rows } of driverFor(mfp, profile).scan(feeder, never)) {
        for await (const _ of rows);
        pages += 1
        if (pages === 1) mfp.setFault({ kind: 'early-404', times: 3, status: 'idle' })
      }
      return pages
    })
  assert.is(await afterFirst(profileOf(early)), 3)
  assert.is(await afterFirst(unknownModel), 1)
})

quirks('nextDocumentDelay asks at a pace that slows down', async () => {
  await withFault({ kind: 'early-404', times: 6 }, async (mfp) => {
    const { earlyPages } = esclOptionsOf(profileOf({ ...early, firstMs: 20, mostMs: 90 })).quirks
    const client = new EsclClient({ url: mfp.url, ...(earlyPages ? { earlyPages } : {}), timeouts: patient })
    const job = await client.createJob({ ...settings, format: 'image/jpeg' }, never)
    const begun = performance.now()
    const page = await job.nextDocument(never)
    const waited = performance.now() - begun
    page?.close()
    await job.cancel()
    // 20 + 30 + 45 + 67.5 + 90 + 90, less what timers may be early.
    assert.ok(waited > 330, `${waited}`)
  })
})

quirks('errorBodyWith200 asks again as often as the model needs, whatever the device says', async () => {
  const fault: MfpFault = { kind: 'error-body-200', times: 3, status: 'idle' }
  const { told, untold } = await both(fault, { quirk: 'errorBodyWith200', tries: 5, ...known }, flatbed)
  assertPages(told, 1)
  assert.is(codeOf(untold.error), 'device-fault')
})

quirks('errorBodyWith200 does not ask for ever', async () => {
  const quirk: Quirk = { quirk: 'errorBodyWith200', tries: 2, ...known }
  const { told } = await both({ kind: 'error-body-200', times: 1000 }, quirk, flatbed, {
    ...patient,
    pageMs: 100,
  })
  assert.is(codeOf(told.error), 'device-fault')
  assert.match(told.error instanceof Error ? told.error.message : '', 'something else than a page')
})

quirks('sniffFormat is done for every model: by what it declares, a page could not be read', async () => {
  await withFault({ kind: 'wrong-mime' }, async (mfp) => {
    assertPages(await readScan(driverFor(mfp, profileOf({ quirk: 'sniffFormat', ...known })), flatbed), 1)
    assertPages(await readScan(driverFor(mfp, unknownModel), flatbed), 1)
    const client = new EsclClient({ url: mfp.url })
    const job = await client.createJob({ ...settings, format: 'image/png' }, never)
    const answer = await fetch(`${new URL(mfp.url).origin}${job.path}/NextDocument`)
    const bytes = Buffer.from(await answer.arrayBuffer())
    await job.cancel()
    const limits = { maxWidth: 1000, maxHeight: 1000, grey: false }
    const body = async function* () {
      yield bytes
    }
    assert.is(answer.headers.get('content-type'), 'image/jpeg')
    assert.ok(codeOf(await decodeJpeg(body(), limits).catch((thrown) => thrown)))
    assert.is((await decodePng(body(), limits)).width, 150)
  })
})

for (const [keep, needs] of [
  [true, 'one'],
  [false, 'new'],
] as const) {
  quirks(`keepAlive ${keep ? 'keeps' : 'closes'} the connection between two requests`, async () => {
    const quirk = (kept: boolean): Quirk => ({ quirk: 'keepAlive', keep: kept, ...known })
    const scanWith = (kept: boolean, firstByteMs: number) =>
      withFault({ kind: 'connection', needs }, (mfp) =>
        readScan(driverFor(mfp, profileOf(quirk(kept)), { ...patient, firstByteMs }), flatbed),
      )
    assertPages(await scanWith(keep, 10_000), 1)
    assert.ok(codeOf((await scanWith(!keep, 300)).error))
  })
}

quirks('busyRetry asks for a job as long as the model needs to wake', async () => {
  const quirk: Quirk = { quirk: 'busyRetry', forMs: 60_000, ...known }
  const hasty = { ...patient, retryMs: 20, busyMs: 10 }
  const { told, untold } = await both({ kind: 'busy-503', times: 3 }, quirk, flatbed, hasty)
  assertPages(told, 1)
  assert.is(codeOf(untold.error), 'busy')
})

for (const [quirk, fault, job] of [
  [
    { quirk: 'dpiExcluded', way: 'escl', dpi: [600] },
    { kind: 'breaks-beyond', dpi: 300 },
    { ...flatbed, dpi: 600 },
  ],
  [
    { quirk: 'feederDpiMax', dpi: 300 },
    { kind: 'breaks-beyond', source: 'Feeder', dpi: 300 },
    { ...feeder, dpi: 600 },
  ],
] as const) {
  quirks(`${quirk.quirk} neither offers nor tries what the device breaks at`, async () => {
    const model = { ...quirk, ...known } as Quirk
    const { told, untold } = await both(fault, model, job)
    assert.is(codeOf(told.error), 'unsupported')
    assert.is(codeOf(untold.error), 'device-fault')
    await withFault(fault, async (mfp) => {
      const { sources } = await driverFor(mfp, profileOf(model)).describe(never)
      assert.not(sources.find(({ source }) => source === job.source)?.dpi.includes(600))
      assert.ok(sources.every(({ dpi }) => dpi.includes(300)))
      assertPages(
        await readScan(driverFor(mfp, profileOf(model)), { ...job, dpi: 75 }),
        job.source === 'feeder' ? 3 : 1,
      )
    })
  })
}

quirks('widthMax scans as wide as the device really can', async () => {
  const fault: MfpFault = { kind: 'breaks-beyond', width: 2400 }
  const quirk: Quirk = { quirk: 'widthMax', millimetres: 203, ...known }
  const { told, untold } = await both(fault, quirk, flatbed)
  assert.is(told.error, undefined)
  assert.is(told.pages[0]?.format.width, 600)
  assert.is(codeOf(untold.error), 'device-fault')
})

const auto = (url: string) =>
  parseConfig({
    deviceId: 'terminal-1',
    fleet: { host: 'localhost', port: 8883 },
    key: 'key.pem',
    certificate: 'cert.pem',
    ca: 'ca.pem',
    dataFolder: scratch(),
    scanner: url === '' ? { driver: 'auto' } : { driver: 'escl', url },
    printer: { driver: 'none' },
  })

for (const [quirk, says] of [
  [{ quirk: 'panelPress', menu: 'Send, WSD Scan', ...known }, 'Send, WSD Scan'],
  [{ quirk: 'wsdOnly', ...known }, 'WSD only'],
] as const) {
  quirks(`${quirk.quirk} refuses at once and says why`, async () => {
    const { scanner } = await openDevices(auto(''), silent, profileOf(quirk))
    const describing = await scanner.describe(never).catch((thrown) => thrown)
    assert.is(codeOf(describing), 'unsupported')
    assert.match(describing.message, says)
    assert.throws(
      () => scanner.scan(flatbed, never),
      (thrown: unknown) => codeOf(thrown) === 'unsupported',
    )
  })
}

quirks('panelPress spares people the wait for a key that nobody presses', async () => {
  await withFault({ kind: 'panel-press' }, async (mfp) => {
    const { error } = await readScan(driverFor(mfp, unknownModel, { ...patient, pageMs: 200 }), flatbed)
    assert.is(codeOf(error), 'device-fault')
  })
})

quirks('wsdOnly spares people a scanner that is called absent', async () => {
  // Such a device listens for WSD alone: at its eSCL address nobody answers.
  const { scanner } = await openDevices(auto('http://127.0.0.1:9/eSCL/'), silent)
  assert.is(codeOf(await scanner.describe(never).catch((thrown) => thrown)), 'device-absent')
})

const hangs: Quirk = { quirk: 'hangsAfterCancel', forMs: 20_000, ...known }

/** Aborts a scan of `job` when its first rows are there, then scans once more. */
const cancelledThenScanned = (profile: DeviceProfile, job: ScanJob) =>
  withFault({ kind: 'hangs-after-cancel' }, async (mfp) => {
    mfp.setSpeed({ pageSeconds: 0.5 })
    const driver = driverFor(mfp, profile, { ...patient, busyMs: 50 })
    const stop = new AbortController()
    const stopped = new Error('nobody wants it any more')
    let thrown: unknown
    try {
      for await (const { rows } of driver.scan({ ...job, dpi: 150 }, stop.signal)) {
        for await (const _ of rows) stop.abort(stopped)
      }
    } catch (reason) {
      thrown = reason
    }
    assert.is(thrown, stopped)
    const left = mfp.feederSheets
    return { left, next: await readScan(driver, flatbed) }
  })

for (const job of [flatbed, feeder]) {
  quirks(`hangsAfterCancel lets a page from the ${job.source} run out before the next scan`, async () => {
    const told = await cancelledThenScanned(profileOf(hangs), job)
    assertPages(told.next, 1)
    assert.is(told.left, job === feeder ? 2 : 3)
    assert.is(codeOf((await cancelledThenScanned(unknownModel, job)).next.error), 'busy')
  })
}

quirks.run()
