import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeJpeg } from '../../../../agent/capabilities/scanner/jpeg-rows.ts'
import { decodePng } from '../../../../agent/capabilities/scanner/png-rows.ts'
import { CommandError } from '../../../../protocol/errors.ts'

const decoder = suite('the decoder of pages')
const limits = { maxWidth: 400, maxHeight: 400, grey: false }
const gradient = Buffer.from(
  `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><defs><linearGradient id="a"><stop stop-color="red"/>
<stop offset="1" stop-color="blue"/></linearGradient></defs><rect width="300" height="200" fill="url(#a)"/></svg>`,
)
const jpeg = await sharp(gradient).flatten().jpeg({ quality: 95 }).toBuffer()
const png = await sharp(gradient).flatten().png().toBuffer()

async function* inPieces(bytes: Uint8Array, size = 500, error?: Error): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
  if (error !== undefined) throw error
}

const pixelsOf = async (rows: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const pieces: Uint8Array[] = []
  for await (const piece of rows) pieces.push(piece)
  return Buffer.concat(pieces)
}

const failure = async (decoding: Promise<{ rows: AsyncIterable<Uint8Array> }>): Promise<unknown> => {
  try {
    await pixelsOf((await decoding).rows)
  } catch (thrown) {
    return thrown
  }
  return assert.unreachable('nothing was thrown')
}

const codeOf = async (decoding: Promise<{ rows: AsyncIterable<Uint8Array> }>): Promise<string> => {
  const thrown = await failure(decoding)
  assert.instance(thrown, CommandError)
  return (thrown as CommandError).code
}

decoder('gives the rows of a JPEG, in colour or in grey, whatever the JPEG is', async () => {
  for (const picture of [
    jpeg,
    await sharp(jpeg).greyscale().jpeg().toBuffer(),
    await sharp(jpeg).jpeg({ progressive: true }).toBuffer(),
  ]) {
    for (const grey of [true, false]) {
      const page = await decodeJpeg(inPieces(picture), { ...limits, grey })
      assert.equal([page.width, page.height, page.channels], [300, 200, grey ? 1 : 3])
      assert.is((await pixelsOf(page.rows)).length, 300 * 200 * page.channels)
    }
  }
})

decoder('agrees with libvips on every pixel', async () => {
  const page = await decodeJpeg(inPieces(jpeg), limits)
  const pixels = await pixelsOf(page.rows)
  const expected = await sharp(jpeg).raw().toBuffer()
  const largest = pixels.reduce(
    (most, value, index) => Math.max(most, Math.abs(value - (expected[index] ?? 0))),
    0,
  )
  assert.ok(largest <= 2, `${largest}`)
})

decoder('calls a JPEG without its end truncated', async () => {
  assert.is(await codeOf(decodeJpeg(inPieces(jpeg.subarray(0, jpeg.length - 300)), limits)), 'truncated')
  assert.is(await codeOf(decodeJpeg(inPieces(jpeg.subarray(0, jpeg.length - 2)), limits)), 'truncated')
})

decoder('calls a JPEG with damaged data truncated', async () => {
  const damaged = Buffer.from(jpeg)
  damaged.fill(0x55, 1200, 1500)
  assert.is(await codeOf(decodeJpeg(inPieces(damaged), limits)), 'truncated')
})

decoder('lets a few bytes between markers and behind the end pass', async () => {
  const padded = Buffer.concat([jpeg.subarray(0, 2), jpeg.subarray(2), Buffer.alloc(100_000)])
  const page = await decodeJpeg(inPieces(padded, 4000), limits)
  assert.is((await pixelsOf(page.rows)).length, 300 * 200 * 3)
  const scan = jpeg.indexOf(Buffer.from([0xff, 0xda]))
  const extraneous = Buffer.concat([jpeg.subarray(0, scan), Buffer.from([1, 2, 3]), jpeg.subarray(scan)])
  const second = await decodeJpeg(inPieces(extraneous), limits)
  assert.is((await pixelsOf(second.rows)).length, 300 * 200 * 3)
})

decoder('refuses what is no JPEG, or a JPEG larger than was asked for', async () => {
  assert.is(
    await codeOf(decodeJpeg(inPieces(Buffer.from('\xff\xd8\xffrubbish', 'latin1')), limits)),
    'device-fault',
  )
  assert.is(await codeOf(decodeJpeg(inPieces(jpeg), { ...limits, maxHeight: 199 })), 'device-fault')
  const vast = Buffer.from(jpeg)
  const frame = vast.indexOf(Buffer.from([0xff, 0xc0]))
  vast.writeUInt16BE(60_000, frame + 5)
  vast.writeUInt16BE(60_000, frame + 7)
  assert.is(await codeOf(decodeJpeg(inPieces(vast), limits)), 'device-fault')
})

decoder('passes on what broke the body, and invents no rows behind it', async () => {
  const broken = new CommandError('jam', 'The body broke')
  const early = await failure(decodeJpeg(inPieces(jpeg.subarray(0, 100), 50, broken), limits))
  assert.is(early, broken)
  const page = await decodeJpeg(inPieces(jpeg.subarray(0, jpeg.length - 50), 100, broken), limits).catch(
    (thrown) => thrown,
  )
  const thrown = page === broken ? broken : await failure(Promise.resolve(page))
  assert.is(thrown, broken)
})

decoder('gives rows of a JPEG that has not ended, and stops when they are left', async () => {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 60 }
  const large = await sharp({ create: { width: 400, height: 400, channels: 3, background: '#fff', noise } })
    .jpeg()
    .toBuffer()
  async function* unfinished(): AsyncGenerator<Uint8Array> {
    yield large.subarray(0, large.length - 5000)
    await new Promise(() => undefined)
  }
  const page = await decodeJpeg(unfinished(), limits)
  for await (const piece of page.rows) {
    assert.ok(piece.length > 0)
    break
  }
})

decoder('says that it is not installed', async () => {
  const path = process.env.PATH
  process.env.PATH = '/nonexistent'
  try {
    assert.is(await codeOf(decodeJpeg(inPieces(jpeg), limits)), 'internal')
  } finally {
    process.env.PATH = path
  }
})

decoder('gives the rows of a PNG, in colour or in grey', async () => {
  for (const grey of [true, false]) {
    const page = await decodePng(inPieces(png), { ...limits, grey })
    assert.equal([page.width, page.height, page.channels], [300, 200, grey ? 1 : 3])
    assert.is((await pixelsOf(page.rows)).length, 300 * 200 * page.channels)
  }
})

decoder('names what is wrong with a PNG', async () => {
  assert.is(await codeOf(decodePng(inPieces(png.subarray(0, png.length - 30)), limits)), 'truncated')
  assert.is(
    await codeOf(decodePng(inPieces(png), { ...limits, maxWidth: 20, maxHeight: 20 })),
    'device-fault',
  )
  const damaged = Buffer.from(png)
  damaged.fill(0, 20, 60)
  assert.is(await codeOf(decodePng(inPieces(damaged), limits)), 'device-fault')
})

decoder.run()
