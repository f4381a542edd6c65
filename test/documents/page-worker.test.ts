import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DocumentError } from '../../documents/document-error.ts'
import { readFrames, writeFrame } from '../../documents/frames.ts'
import {
  type PageBand,
  type PageWork,
  type PageWorkOptions,
  startPageWork,
} from '../../documents/page-worker.ts'
import type { Pixels, RawFormat } from '../../documents/raw-page.ts'
import { textPage } from '../support/text-page.ts'

const never = new AbortController().signal
const jpeg = { encoding: 'jpeg', blackwhite: false, signal: never } as const

const withWork = async (options: Partial<PageWorkOptions>, use: (work: PageWork) => Promise<void>) => {
  const work = startPageWork({ ...jpeg, ...options })
  try {
    await use(work)
  } finally {
    await work.stop()
  }
}

const formatOf = ({ width, height, channels }: Pixels, dpi: number): RawFormat => ({
  width,
  height,
  channels,
  bits: 8,
  dpi,
})

async function* inPieces(data: Uint8Array, bytes: number, between?: () => Promise<unknown>) {
  for (let from = 0; from < data.length; from += bytes) {
    await between?.()
    yield data.subarray(from, from + bytes)
  }
}

const ignore = () => undefined

const rejection = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work
  } catch (thrown) {
    return thrown
  }
  return assert.unreachable('nothing was thrown')
}

const kindOf = async (work: Promise<unknown>): Promise<string> => {
  const thrown = await rejection(work)
  assert.instance(thrown, DocumentError, String(thrown))
  return (thrown as DocumentError).kind
}

const worker = suite('a page worker')

worker('shows a page in bands while its rows come, and finishes it straight', async () => {
  const page = await textPage({ dpi: 150, skew: 1.7 })
  await withWork({}, async (work) => {
    const bands: PageBand[] = []
    let beforeTheEnd = 0
    const firstBand = Promise.withResolvers<void>()
    const rows = inPieces(page.data, 40_000, async () => {
      // The rest of the page comes only once its top has been seen.
      if (beforeTheEnd++ === 40) await firstBand.promise
    })
    const { finished } = await work.feed(formatOf(page, 150), rows, (band) => {
      bands.push(band)
      firstBand.resolve()
    })
    const { bytes, skew, width, height, dpi, mediaType } = await finished
    assert.ok(Math.abs(skew - 1.7) < 0.11)
    assert.equal([width, height, dpi, mediaType], [1240, 1754, 150, 'image/jpeg'])
    assert.is((await sharp(bytes).metadata()).width, 1240)
    let next = 0
    for (const { top, width, height, pageHeight, jpeg } of bands) {
      assert.is(top, next, 'bands follow one another')
      next = top + height
      assert.equal([width, pageHeight], [620, 877])
      assert.ok(jpeg.length <= 64 * 1024)
      const made = await sharp(jpeg).metadata()
      assert.equal([made.width, made.height], [width, height])
    }
    assert.ok(bands.length >= 2 && next <= 877)
  })
})

worker('takes pages whose length nobody told, and pages of one bit', async () => {
  const page = await textPage({ dpi: 75 })
  const bits = Buffer.alloc(Math.ceil(620 / 8) * 2000, 0)
  await withWork({ encoding: 'g4', blackwhite: true }, async (work) => {
    const format = { ...formatOf(page, 75), height: undefined }
    const first = await work.feed(format, inPieces(page.data, 7777), (band) =>
      assert.is(band.pageHeight, undefined),
    )
    const second = await work.feed(
      { width: 620, height: undefined, channels: 1, bits: 1, dpi: 75 },
      inPieces(bits, 999),
      ignore,
    )
    assert.is((await first.finished).height, 877)
    const { height, blank, mediaType } = await second.finished
    assert.equal([height, blank, mediaType], [2000, true, 'image/tiff'])
  })
})

worker('takes the next page while it finishes one, and keeps their bands apart', async () => {
  const page = await textPage({ dpi: 150 })
  await withWork({}, async (work) => {
    const seen: number[] = []
    const finished: Promise<{ readonly width: number }>[] = []
    for (let index = 0; index < 4; index += 1) {
      const height = page.height - index * 2
      const data = page.data.subarray(0, page.width * 3 * height)
      const fed = await work.feed({ ...formatOf(page, 150), height }, inPieces(data, 65_536), (band) => {
        assert.is(band.pageHeight, height >> 1)
        seen.push(index)
      })
      finished.push(fed.finished)
    }
    const heights = (await Promise.all(finished)) as unknown as { height: number }[]
    assert.equal(
      heights.map(({ height }) => height),
      [1754, 1752, 1750, 1748],
    )
    assert.equal([...new Set(seen)], [0, 1, 2, 3])
  })
})

worker('needs no more memory for fifty pages than for a few', async () => {
  const page = await textPage({ dpi: 50, skew: 1 })
  const raw = page.data.length / 1024
  await withWork({}, async (work) => {
    const peaks: number[] = []
    for (let index = 0; index < 50; index += 1) {
      const fed = await work.feed(formatOf(page, 50), inPieces(page.data, 65_536), ignore)
      await fed.finished
      peaks.push(work.peakKiB())
    }
    const [early, late] = [peaks[9] ?? 0, peaks[49] ?? 0]
    assert.ok(early > 30_000, 'the worker tells what it needs')
    assert.ok(late - early < 8 * raw, `${early} KiB after ten pages, ${late} after fifty`)
    assert.ok(late < 160 * 1024, `${late} KiB`)
  })
})

worker('lets the scanner wait rather than hold its rows', async () => {
  const page = await textPage({ dpi: 300, lines: 0 })
  await withWork({}, async (work) => {
    const before = process.memoryUsage().rss
    const fed = await work.feed(formatOf(page, 300), inPieces(page.data, 262_144), ignore)
    await fed.finished
    const grown = process.memoryUsage().rss - before
    assert.ok(grown < page.data.length / 2, `${grown} bytes for a page of ${page.data.length}`)
  })
})

worker('stops at once with the signal', async () => {
  const aborter = new AbortController()
  const reason = new Error('cancelled')
  const page = await textPage({ dpi: 75 })
  const work = startPageWork({ ...jpeg, signal: aborter.signal })
  const { finished } = await work.feed(formatOf(page, 75), inPieces(page.data, 65_536), ignore)
  await finished
  const endless = (async function* () {
    yield page.data.subarray(0, 1000)
    aborter.abort(reason)
    await pause(1)
    yield page.data.subarray(1000)
  })()
  assert.is(await rejection(work.feed(formatOf(page, 75), endless, ignore)), reason)
  await work.stop()
  assert.is(await rejection((async () => startPageWork({ ...jpeg, signal: aborter.signal }))()), reason)
})

worker('says what was wrong with a page', async () => {
  const page = await textPage({ dpi: 75 })
  await withWork({}, async (work) => {
    const short = inPieces(page.data.subarray(0, 5000), 1000)
    const { finished } = await work.feed(formatOf(page, 75), short, ignore)
    assert.is(await kindOf(finished), 'damaged')
    assert.is(await kindOf(work.feed(formatOf(page, 75), inPieces(page.data, 1000), ignore)), 'damaged')
  })
  await withWork({}, async (work) => {
    const huge = { ...formatOf(page, 75), width: 100_000, height: 100_000 }
    const fed = work.feed(huge, inPieces(page.data, 1000), ignore).then(({ finished }) => finished)
    assert.is(await kindOf(fed), 'page-too-large')
  })
})

worker('hands on what the rows threw, and what became of the page before', async () => {
  const page = await textPage({ dpi: 75 })
  await withWork({}, async (work) => {
    const { finished } = await work.feed(formatOf(page, 75), inPieces(page.data, 65_536), ignore)
    const jam = new Error('jam')
    const jammed = (async function* () {
      yield page.data.subarray(0, 3000)
      throw jam
    })()
    assert.is(await rejection(work.feed(formatOf(page, 75), jammed, ignore)), jam)
    assert.is((await finished).width, 620)
  })
})

worker('that dies, hangs or cannot be started is lost, not waited for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'avyl-worker-'))
  const entryOf = (name: string, source: string): URL => {
    const file = join(folder, `${name}.mjs`)
    writeFileSync(file, source)
    return pathToFileURL(file)
  }
  const page = await textPage({ dpi: 75 })
  const feed = (work: PageWork) =>
    work.feed(formatOf(page, 75), inPieces(page.data, 65_536), ignore).then(({ finished }) => finished)
  const dead = entryOf('dead', `process.stderr.write('why\\n'); process.exit(3)`)
  await withWork({ entry: dead }, async (work) => assert.is(await kindOf(feed(work)), 'worker-lost'))
  const missing = pathToFileURL(join(folder, 'missing.mjs'))
  await withWork({ entry: missing }, async (work) => assert.is(await kindOf(feed(work)), 'worker-lost'))
  const hanging = startPageWork({ ...jpeg, entry: entryOf('hanging', 'setInterval(() => {}, 1000)') })
  await hanging.stop()
  rmSync(folder, { recursive: true })
})

worker.run()

const frames = suite('the frames between a worker and its parent')

frames('come out as they went in, however the socket cuts them', async () => {
  const whole = new PassThrough()
  await writeFrame(whole, { message: { type: 'page', text: 'Авыл' } })
  await writeFrame(whole, { bytes: Buffer.from('0123456789') })
  await writeFrame(whole, { bytes: Buffer.alloc(0) })
  await writeFrame(whole, { message: 7 })
  const wire: Buffer = whole.read()
  for (const size of [1, 2, 3, 7, 1000]) {
    const seen: unknown[] = []
    let bytes = ''
    const pieces = inPieces(wire, size) as AsyncIterable<Buffer>
    for await (const frame of readFrames(pieces)) {
      if ('bytes' in frame) bytes += Buffer.from(frame.bytes).toString()
      else seen.push(frame.message)
    }
    assert.equal(seen, [{ type: 'page', text: 'Авыл' }, 7])
    assert.is(bytes, '0123456789')
  }
})

frames('of endless messages are refused', async () => {
  const long = Buffer.from([0, 255, 255, 255, 255])
  const read = async () => {
    for await (const _ of readFrames(inPieces(long, 5) as AsyncIterable<Buffer>)) assert.unreachable()
  }
  assert.instance(await rejection(read()), RangeError)
})

frames.run()
