import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import sharp, { type OverlayOptions } from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PageFormat, ScanJob } from '../../../../agent/capabilities/scanner/driver.ts'
import { EsclDriver, type EsclDriverOptions } from '../../../../agent/capabilities/scanner/escl.ts'
import { CommandError } from '../../../../protocol/errors.ts'
import { documentSheet, type MfpFault, sheetOf } from '../../../../simulator/virtual-mfp/virtual-mfp.ts'
import { withVirtualMfp } from '../../../support/virtual-mfp.ts'
import { capabilities, status } from '../../devices/escl/documents.ts'

const scan = suite('an eSCL scan')
const never = new AbortController().signal
const small: ScanJob = { source: 'flatbed', dpi: 75, mode: 'grey' }
const fromFeeder: ScanJob = { source: 'feeder', dpi: 75, mode: 'grey' }
/** A busy machine must not look like a silent device: only where silence is the fault the wait is short. */
const patient = { retryMs: 5, busyMs: 300 }
const hasty = { ...patient, firstByteMs: 400, stallMs: 400, pageMs: 400 }

interface Outcome {
  readonly pages: readonly { readonly format: PageFormat; readonly pixels: Buffer }[]
  readonly code?: string
}

const run = async (driver: EsclDriver, job: ScanJob): Promise<Outcome> => {
  const pages: { format: PageFormat; pixels: Buffer }[] = []
  try {
    for await (const { format, rows } of driver.scan(job, never)) {
      const pieces: Uint8Array[] = []
      for await (const piece of rows) pieces.push(piece)
      pages.push({ format, pixels: Buffer.concat(pieces) })
    }
    return { pages }
  } catch (thrown) {
    assert.instance(thrown, CommandError)
    return { pages, code: (thrown as CommandError).code }
  }
}

/** A page at the resolution of the scans below, which costs no resampling. */
const smallSheet = documentSheet('application').then(async ({ picture }) =>
  sheetOf('small', await sharp(picture).resize(620, 877, { fit: 'fill' }).png().toBuffer()),
)

const underFault = (
  fault: MfpFault,
  job: ScanJob,
  options: Omit<EsclDriverOptions, 'url'> = {},
): Promise<Outcome & { readonly next: Outcome }> =>
  withVirtualMfp({}, async (mfp) => {
    const sheet = await smallSheet
    await mfp.layOnGlass(sheet)
    await mfp.loadFeeder([sheet, sheet, sheet])
    mfp.setFault(fault)
    const outcome = await run(new EsclDriver({ timeouts: patient, ...options, url: mfp.url }), job)
    mfp.setFault(undefined)
    return { ...outcome, next: await run(new EsclDriver({ url: mfp.url }), small) }
  })

const largestDifference = (one: Uint8Array, other: Uint8Array): number => {
  assert.is(one.length, other.length)
  let largest = 0
  for (let index = 0; index < one.length; index += 1) {
    largest = Math.max(largest, Math.abs((one[index] ?? 0) - (other[index] ?? 0)))
  }
  return largest
}

scan('without loss gives the very pixels that lie on the glass', async () => {
  await withVirtualMfp({}, async (mfp) => {
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 40 }
    const picture = await sharp({
      create: { width: 620, height: 877, channels: 3, background: '#fff', noise },
    })
      .png()
      .toBuffer()
    await mfp.layOnGlass(await sheetOf('noise', picture))
    const driver = new EsclDriver({ url: mfp.url, format: 'image/png' })
    const { pages } = await run(driver, { ...small, mode: 'colour' })
    assert.equal(pages[0]?.format, { width: 620, height: 877, channels: 3, bits: 8, dpi: 75 })
    assert.ok(pages[0]?.pixels.equals(await sharp(picture).removeAlpha().raw().toBuffer()))
  })
})

scan('of A4 at 300 dpi has 2480 x 3508 pixels, equal to the page within what JPEG loses', async () => {
  await withVirtualMfp({}, async (mfp) => {
    const driver = new EsclDriver({ url: mfp.url })
    const area = { x: 0, y: 0, width: 210, height: 297 }
    const { pages } = await run(driver, { source: 'flatbed', dpi: 300, mode: 'grey', area })
    assert.equal(pages[0]?.format, { width: 2480, height: 3508, channels: 1, bits: 8, dpi: 300 })
    const { picture } = await documentSheet('application')
    const laid = await sharp(picture).toColourspace('b-w').raw().toBuffer()
    assert.ok(largestDifference(pages[0]?.pixels ?? Buffer.alloc(0), laid) < 60)
  })
})

scan('in black-and-white packs eight pixels a byte and sets the black ones', async () => {
  await withVirtualMfp({}, async (mfp) => {
    const left = {
      input: { create: { width: 13, height: 877, channels: 3, background: '#000' } },
      left: 0,
      top: 0,
    }
    const picture = await sharp({ create: { width: 620, height: 877, channels: 3, background: '#fff' } })
      .composite([left as OverlayOptions])
      .png()
      .toBuffer()
    await mfp.layOnGlass(await sheetOf('stripe', picture))
    const { pages } = await run(new EsclDriver({ url: mfp.url }), { ...small, mode: 'blackwhite' })
    assert.is(pages[0]?.pixels.length, 78 * 877)
    assert.equal([...(pages[0]?.pixels.subarray(78, 82) ?? [])], [0xff, 0xf8, 0, 0])
    assert.is(pages[0]?.pixels[77], 0, 'the padding is white')
  })
})

scan('shows its first rows while the scanner still moves', async () => {
  await withVirtualMfp({ speed: { pageSeconds: 1 } }, async (mfp) => {
    const driver = new EsclDriver({ url: mfp.url })
    let first: string | undefined
    let last: string | undefined
    for await (const { rows } of driver.scan({ ...small, dpi: 150, mode: 'colour' }, never)) {
      for await (const _ of rows) {
        last = await jobState(mfp.url)
        first ??= last
      }
    }
    assert.is(first, 'Processing')
  })
})

const jobState = async (url: string): Promise<string | undefined> =>
  /<pwg:JobState>(\w+)/.exec(await (await fetch(`${url}ScannerStatus`)).text())?.[1]

for (const [title, fault] of [
  ['a page asked for too early', { kind: 'early-404', times: 3 }],
  ['a page that is not ready', { kind: 'busy-503', times: 2, at: 'document' }],
  ['a page declared in another format', { kind: 'wrong-mime' }],
  ['an error page with status 200 before the page', { kind: 'error-body-200', times: 2 }],
  ['a device that is busy for a moment', { kind: 'busy-503', times: 2 }],
  ['a Location with another host', { kind: 'location', form: 'other-host' }],
  ['a relative Location', { kind: 'location', form: 'relative' }],
] as const) {
  scan(`survives ${title}`, async () => {
    const { pages, code } = await underFault(fault, small)
    assert.is(code, undefined)
    assert.is(pages.length, 1)
    assert.is(pages[0]?.pixels.length, 620 * 877)
  })
}

for (const [title, fault, job, code] of [
  ['a body cut by the connection', { kind: 'truncated-body', how: 'content-length' }, small, 'truncated'],
  ['a chunked body cut by the connection', { kind: 'truncated-body', how: 'chunked' }, small, 'truncated'],
  ['a whole message with half a picture', { kind: 'truncated-body', how: 'picture' }, small, 'truncated'],
  ['a device that stays busy', { kind: 'busy-503', times: 1000 }, small, 'busy'],
  [
    'a busy device that names a long wait',
    { kind: 'busy-503', times: 1, retryAfterSeconds: 60 },
    small,
    'busy',
  ],
  [
    'a socket that is dead from the start',
    { kind: 'dead-socket', at: 'capabilities' },
    small,
    'device-absent',
  ],
  ['a socket that is dead at the job', { kind: 'dead-socket', at: 'job' }, small, 'device-absent'],
  ['a socket that is dead at the page', { kind: 'dead-socket', at: 'document' }, small, 'device-fault'],
  ['a page that stops in its middle', { kind: 'dead-socket', at: 'body' }, small, 'device-fault'],
  ['a page that never gets ready', { kind: 'early-404', times: 100_000 }, small, 'device-fault'],
  ['error pages without end', { kind: 'error-body-200', times: 100_000 }, small, 'device-fault'],
  ['a job without a Location', { kind: 'location', form: 'missing' }, small, 'device-fault'],
  ['an open cover', { kind: 'cover-open' }, fromFeeder, 'cover-open'],
  ['an empty feeder', { kind: 'adf-empty' }, fromFeeder, 'no-document'],
  ['a jam in the first page', { kind: 'jam', afterPage: 0 }, fromFeeder, 'jam'],
] as const) {
  scan(`names ${title}: ${code}`, async () => {
    const silent = fault.kind === 'dead-socket' || ('times' in fault && fault.times === 100_000)
    const outcome = await underFault(fault, job, { timeouts: silent ? hasty : patient })
    assert.is(outcome.code, code)
    assert.is(outcome.pages.length, 0)
    const orphaned = fault.kind === 'location' || (fault.kind === 'dead-socket' && fault.at === 'job')
    if (!orphaned) assert.is(outcome.next.pages.length, 1, 'the next scan works')
  })
}

scan('keeps the pages before a jam', async () => {
  const { pages, code } = await underFault({ kind: 'jam', afterPage: 2 }, fromFeeder)
  assert.is(code, 'jam')
  assert.is(pages.length, 2)
})

scan('keeps every page though the device is too busy to tell how it stands', async () => {
  const page = await sharp({ create: { width: 80, height: 80, channels: 3, background: '#fff' } })
    .jpeg()
    .toBuffer()
  let pages = 3
  let asked = 0
  const server = createServer((incoming, answer) => {
    const path = incoming.url ?? ''
    if (path.endsWith('ScannerCapabilities')) answer.end(capabilities)
    else if (path.endsWith('ScannerStatus')) {
      asked += 1
      // Asked anew it refuses twice: at the page that does not come, and at the end.
      if (asked % 3 === 1) answer.writeHead(503).end()
      else if (asked % 3 === 2) answer.destroy()
      else answer.end(status.replaceAll('Processing', 'Completed').replace('ToTransfer>1', 'ToTransfer>0'))
    } else if (path.endsWith('NextDocument')) {
      pages -= 1
      if (pages < 0) answer.writeHead(404).end()
      else answer.end(page)
    } else answer.writeHead(201, { location: '/eSCL/ScanJobs/17' }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const driver = new EsclDriver({ url: `http://127.0.0.1:${port}/eSCL/`, timeouts: patient })
  const outcome = await run(driver, { ...fromFeeder, dpi: 100 })
  assert.is(outcome.code, undefined)
  assert.is(outcome.pages.length, 3)
  assert.is(asked, 6)
  server.closeAllConnections()
  server.close()
})

scan('does not read a body without an end', async () => {
  const { code } = await underFault({ kind: 'endless-body' }, small)
  assert.ok(code === undefined || code === 'device-fault', 'the page before it was complete')
})

scan('tells its log what failed, without the page', async () => {
  const lines: string[] = []
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
  await underFault({ kind: 'truncated-body', how: 'picture' }, small, { logger })
  assert.is(lines.length, 1)
  assert.match(lines[0] ?? '', /an eSCL scan failed/)
  assert.ok((lines[0]?.length ?? 0) < 4000)
})

scan('that is aborted while the device decides leaves no job behind', async () => {
  await withVirtualMfp({ speed: { pageSeconds: 20 } }, async (mfp) => {
    const driver = new EsclDriver({ url: mfp.url, timeouts: patient })
    const aborter = new AbortController()
    const scanning = (async () => {
      for await (const { rows } of driver.scan({ ...small, mode: 'colour' }, aborter.signal)) {
        for await (const _ of rows);
      }
    })().catch((thrown) => thrown)
    while ((await jobState(mfp.url)) === undefined);
    const reason = new CommandError('cancelled', 'Stopped by the test')
    aborter.abort(reason)
    assert.is(await scanning, reason)
    while ((await jobState(mfp.url)) === 'Processing');
    assert.is(await jobState(mfp.url), 'Canceled')
  })
})

scan('stops the device at once although nobody asks for a row', async () => {
  await withVirtualMfp({ speed: { pageSeconds: 20 } }, async (mfp) => {
    const driver = new EsclDriver({ url: mfp.url })
    const aborter = new AbortController()
    const reason = new CommandError('timeout', 'Too late')
    const scanning = (async () => {
      for await (const _ of driver.scan({ ...small, mode: 'colour' }, aborter.signal)) {
        aborter.abort(reason)
        while ((await jobState(mfp.url)) === 'Processing');
        assert.is(await jobState(mfp.url), 'Canceled')
      }
    })()
    assert.is(await scanning.catch((thrown) => thrown), reason)
  })
})

scan('of an absent device says so', async () => {
  const url = await withVirtualMfp({}, async (mfp) => mfp.url)
  const { code } = await run(new EsclDriver({ url }), small)
  assert.is(code, 'device-absent')
})

scan.run()
