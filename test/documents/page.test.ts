import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findSkew } from '../../documents/deskew.ts'
import { previewOf } from '../../documents/encode.ts'
import { type FinishedPage, finishPage, type PageJob } from '../../documents/page.ts'
import { type Pixels, type RawFormat, RawPage } from '../../documents/raw-page.ts'
import { SmallPicture, toGrey } from '../../documents/small-picture.ts'
import { greyOf, imageOf, textPage } from '../support/text-page.ts'

const dpi = 150

const smallOf = (page: Pixels): SmallPicture => {
  const small = new SmallPicture({ ...page, bits: 8, dpi })
  small.push(page.data, 0, page.height, page.width * page.channels)
  return small
}

const finish = (page: Pixels, job: Partial<PageJob> = {}): Promise<FinishedPage> => {
  const small = smallOf(page)
  return finishPage(page, small.band(0, small.rows), dpi, { encoding: 'jpeg', blackwhite: false, ...job })
}

const skewOf = async ({ bytes }: FinishedPage): Promise<number> => {
  const { data, info } = await sharp(bytes).greyscale().raw().toBuffer({ resolveWithObject: true })
  const page: Pixels = { width: info.width, height: info.height, channels: 1, data }
  return findSkew(smallOf(page).band(0, smallOf(page).rows))
}

const page = suite('a finished page')

page('stands straight and keeps its size', async () => {
  const scanned = await textPage({ dpi, skew: 3.1, noise: 8 })
  const finished = await finish(scanned)
  assert.ok(Math.abs(finished.skew - 3.1) < 0.11, `${finished.skew}`)
  assert.is(finished.width, scanned.width)
  assert.is(finished.height, scanned.height)
  assert.ok(Math.abs(await skewOf(finished)) <= 0.1)
})

page('is not turned for a tenth of a degree, nor when nobody wants it', async () => {
  assert.is((await finish(await textPage({ dpi, skew: 0.1 }))).skew, 0)
  const skewed = await textPage({ dpi, skew: 2 })
  const untouched = await finish(skewed, { clean: false, encoding: 'png' })
  assert.is(untouched.skew, 0)
  assert.ok((await sharp(untouched.bytes).raw().toBuffer()).equals(Buffer.from(skewed.data)))
})

for (const [encoding, format] of [
  ['jpeg', 'jpeg'],
  ['png', 'png'],
  ['tiff', 'tiff'],
] as const) {
  page(`tells its resolution as ${format}, in colour and in grey`, async () => {
    const colour = await textPage({ dpi, lines: 3 })
    for (const scanned of [colour, await greyOf(colour)]) {
      const finished = await finish(scanned, { encoding })
      const { width, height, density, channels, format: written } = await sharp(finished.bytes).metadata()
      assert.equal(
        [written, width, height, density, channels],
        [format, scanned.width, scanned.height, dpi, scanned.channels],
      )
      assert.is(finished.mediaType, `image/${format}`)
    }
  })
}

page('in black and white keeps every pixel through G4', async () => {
  const grey = await greyOf(await textPage({ dpi }))
  const data = grey.data.map((value) => (value < 128 ? 0 : 255))
  const { bytes, mediaType } = await finish(
    { ...grey, data },
    { encoding: 'g4', blackwhite: true, clean: false },
  )
  assert.is(mediaType, 'image/tiff')
  assert.ok(bytes.length < 40_000, `${bytes.length} bytes`)
  const { compression, bitsPerSample, density } = await sharp(bytes).metadata()
  assert.is(bitsPerSample, 1)
  assert.is(density, dpi)
  assert.ok(compression === undefined || compression.length > 0)
  const back = await sharp(bytes).greyscale().raw().toBuffer()
  assert.ok(back.equals(Buffer.from(data)))
})

page('in black and white is only that in other formats too', async () => {
  const { bytes } = await finish(await textPage({ dpi }), { encoding: 'png', blackwhite: true })
  const values = new Set(await sharp(bytes).greyscale().raw().toBuffer())
  assert.equal(
    [...values].toSorted((a, b) => a - b),
    [0, 255],
  )
})

page('has a preview of at most 800 pixels', async () => {
  const { preview } = await finish(await textPage({ dpi: 300 }))
  const { format, width, height } = await sharp(preview).metadata()
  assert.is(format, 'jpeg')
  assert.is(height, 800)
  assert.ok(Math.abs(width - 566) < 4, `${width}`)
})

page('that holds nothing says so', async () => {
  assert.ok((await finish(await textPage({ dpi, lines: 0, noise: 5 }))).blank)
  assert.not((await finish(await textPage({ dpi, lines: 2 }))).blank)
})

page('made clean has white paper and black ink', async () => {
  const { bytes } = await finish(await textPage({ dpi, paper: '#c8c4b8', noise: 4 }), { clean: true })
  const { channels } = await sharp(bytes).stats()
  for (const { min, max, mean } of channels) {
    assert.ok(min < 10 && max > 250 && mean > 220, `${min} ${max} ${mean}`)
  }
})

page('made clean loses the dark lid around a receipt', async () => {
  const lid = '<rect x="0" y="0" width="2100" height="2970" fill="#222"/>'
  const receipt = `<rect x="150" y="200" width="800" height="1500" fill="#fff"/><g font-size="40">${Array.from({ length: 20 }, (_, line) => `<text x="200" y="${300 + line * 60}">Итого к оплате ${line}</text>`).join('')}</g>`
  const { width, height } = await finish(await textPage({ dpi, lines: 0, also: lid + receipt }), {
    clean: true,
  })
  assert.ok(Math.abs(width - (80 / 25.4) * dpi) < 12, `${width}`)
  assert.ok(Math.abs(height - (150 / 25.4) * dpi) < 12, `${height}`)
})

page('made clean is cut to a card on the white glass, but a letter keeps its margins', async () => {
  const card =
    '<rect x="300" y="400" width="856" height="540" rx="30" fill="#9bc" stroke="#357" stroke-width="6"/>'
  const cut = await finish(await textPage({ dpi, lines: 0, paper: '#fff', also: card }), { clean: true })
  assert.ok(Math.abs(cut.width - (95.6 / 25.4) * dpi) < 15, `${cut.width}`)
  assert.ok(Math.abs(cut.height - (64 / 25.4) * dpi) < 15, `${cut.height}`)
  const letter = await textPage({ dpi })
  const kept = await finish(letter, { clean: true })
  assert.equal([kept.width, kept.height], [letter.width, letter.height])
})

page('made clean keeps a dark photograph and an empty sheet as they are', async () => {
  for (const also of ['<rect width="2100" height="2970" fill="#181818"/>', '']) {
    const scanned = await textPage({ dpi, lines: 0, also })
    const { width, height } = await finish(scanned, { clean: true })
    assert.equal([width, height], [scanned.width, scanned.height])
  }
})

page.run()

const raw = suite('the rows of a page')

const format: RawFormat = { width: 20, height: 3, channels: 1, bits: 8, dpi: 75 }

raw('come in pieces of any size', () => {
  const rows = new RawPage({ ...format, channels: 3 })
  for (const length of [1, 59, 100, 20]) rows.push(new Uint8Array(length).fill(length))
  assert.is(rows.end().data[160], 20)
})

raw('of one bit a pixel become eight, with or without whole bytes', () => {
  const rows = new RawPage({ ...format, width: 11, height: 2, bits: 1 })
  rows.push(Uint8Array.of(0b10000001, 0b10111111, 0b00000000))
  rows.push(Uint8Array.of(0b00100000))
  const { data, width, height } = rows.end()
  assert.equal([width, height], [11, 2])
  const black = [...data].flatMap((value, index) => (value === 0 ? [index] : []))
  assert.equal(black, [0, 7, 8, 10, 21])
})

raw('may be any number where the device does not tell', () => {
  const rows = new RawPage({ ...format, height: undefined })
  for (let row = 0; row < 500; row += 1) rows.push(new Uint8Array(20))
  assert.is(rows.end().height, 500)
})

raw('that are missing make no page', () => {
  for (const bytes of [0, 59, 61, 80]) {
    const rows = new RawPage(format)
    rows.push(new Uint8Array(bytes))
    assert.throws(
      () => rows.end(),
      (error: Error & { kind?: string }) => error.kind === 'damaged',
    )
  }
})

raw('of a page that no memory could hold are refused', () => {
  const isTooLarge = (error: Error & { kind?: string }) => error.kind === 'page-too-large'
  assert.throws(() => new RawPage({ ...format, width: 100_000, height: 100_000 }), isTooLarge)
})

raw('made small are their means, whatever the pieces', () => {
  const wide: RawFormat = { width: 1240, height: undefined, channels: 3, bits: 8, dpi: 150 }
  const small = new SmallPicture(wide)
  const stride = 1240 * 3
  const rows = new Uint8Array(stride * 6).map((_, index) =>
    Math.floor(index / stride) % 2 === 0 ? 100 : 200,
  )
  small.push(rows, 0, 3, stride)
  small.push(rows, 3, 3, stride)
  assert.equal([small.scale, small.width, small.rows], [2, 620, 3])
  assert.ok(toGrey(small.band(0, 3)).data.every((value) => value === 150))
})

raw.run()

const preview = suite('a preview of a file from outside')

preview('stands as its camera held it', async () => {
  const photo = await imageOf(await textPage({ dpi: 75 }))
    .jpeg()
    .withMetadata({ orientation: 6 })
    .toBuffer()
  const { width, height } = await sharp(await previewOf(photo)).metadata()
  assert.ok(width > height)
})

preview('of something that is no image fails', async () => {
  try {
    await previewOf(Buffer.from('no image'))
    assert.unreachable()
  } catch (thrown) {
    assert.instance(thrown, Error)
    assert.match((thrown as Error).message, 'unsupported image format')
  }
})

preview.run()
