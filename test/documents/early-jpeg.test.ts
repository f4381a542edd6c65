import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EarlyJpeg } from '../../documents/early-jpeg.ts'
import { jpegOptions } from '../../documents/encode.ts'
import { stripOf } from '../../documents/jpeg-strips.ts'
import { RawPage } from '../../documents/raw-page.ts'

/** A picture in which each row and column tells its place. */
const gradient = (width: number, height: number, channels: 1 | 3): Buffer =>
  Buffer.from(
    Array.from({ length: width * height * channels }, (_, at) => {
      const pixel = Math.floor(at / channels)
      return ((pixel % width) * 3 + Math.floor(pixel / width) * 2 + (at % channels) * 70) & 255
    }),
  )

const decoded = async (jpeg: Uint8Array) => sharp(jpeg, { failOn: 'warning' }).raw().toBuffer()

/** The page as it is written when `early` of its rows are encoded before the last one comes. */
const written = async (width: number, height: number, channels: 1 | 3, early: number, told = true) => {
  const data = gradient(width, height, channels)
  const format = { width, height: told ? height : undefined, channels, bits: 8, dpi: 240 } as const
  const raw = new RawPage(format)
  const parts: Uint8Array[] = []
  const given = Promise.withResolvers<void>()
  const jpeg = new EarlyJpeg(raw, (part) => {
    parts.push(part)
    given.resolve()
  })
  raw.push(data.subarray(0, early * width * channels))
  jpeg.grown()
  if (told && early >= 128) await given.promise
  raw.push(data.subarray(early * width * channels))
  const rest = await jpeg.end(raw.end())
  const bytes = Buffer.concat([...parts, rest])
  const whole = sharp(data, { raw: { width, height, channels } })
  const once = await (channels === 1 ? whole.toColourspace('b-w') : whole).jpeg(jpegOptions).toBuffer()
  return { bytes, once, parts }
}

const anEarlyPage = suite('a page that is written while it comes')

anEarlyPage('has the very pixels of one that is written at once', async () => {
  for (const [width, height, channels, early] of [
    [403, 1500, 3, 1400],
    [403, 1500, 1, 700],
    [64, 512, 3, 512],
    [33, 2600, 3, 0],
    [50, 7, 3, 7],
  ] as const) {
    const { bytes, once } = await written(width, height, channels, early)
    assert.ok((await decoded(bytes)).equals(await decoded(once)), `${width}x${height}x${channels}`)
  }
})

anEarlyPage('may be longer than its memory was at first', async () => {
  const { bytes, once, parts } = await written(120, 900, 3, 300, false)
  assert.equal(parts, [], 'its file begins with its height')
  assert.ok((await decoded(bytes)).equals(await decoded(once)))
})

anEarlyPage('tells its size and density', async () => {
  const { bytes } = await written(403, 1500, 1, 1400)
  const { width, height, density, channels } = await sharp(bytes).metadata()
  assert.equal({ width, height, density, channels }, { width: 403, height: 1500, density: 240, channels: 1 })
})

anEarlyPage('is refused when the encoder writes it otherwise', async () => {
  const strip = sharp(gradient(64, 256, 3), { raw: { width: 64, height: 256, channels: 3 } })
  const progressive = await strip.clone().jpeg({ progressive: true }).toBuffer()
  const plain = await strip.jpeg(jpegOptions).toBuffer()
  const cut = plain.subarray(0, -2)
  for (const index of [0, 1]) {
    for (const bad of [progressive, cut, Buffer.from('no picture'), Buffer.alloc(0)]) {
      assert.throws(() => stripOf({ height: 512, dpi: 300 }, bad, index), /another kind of JPEG/)
    }
  }
})

anEarlyPage.run()
