import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readNetpbm } from '../../documents/netpbm.ts'
import { printPreparation } from '../../documents/preparation.ts'
import { pageHeader, type RasterPage, RasterRows, syncWord } from '../../documents/pwg-raster.ts'
import { type RasterJob, rasterise, selectPages } from '../../documents/rasterise.ts'
import { CommandError } from '../../protocol/errors.ts'
import { bombOf, pagesOf } from '../support/hostile-pdf.ts'
import { decodePwgRaster } from '../support/pwg-raster.ts'

const folder = mkdtempSync(join(tmpdir(), 'avyl-rasterise-'))
const never = new AbortController().signal
const out = join(folder, 'out.pwg')
const pdfJob: RasterJob = { mediaType: 'application/pdf', dpi: 75, colour: false, ranges: [], out }

const fileOf = (name: string, bytes: Uint8Array): string => {
  const file = join(folder, name)
  writeFileSync(file, bytes)
  return file
}

const draw = async (file: string, job: Partial<RasterJob> = {}) => {
  const { pages } = await rasterise(file, { ...pdfJob, ...job }, never)
  const decoded = decodePwgRaster(readFileSync(out))
  assert.is(decoded.length, pages)
  return decoded
}

const raster = suite('a document for a printer that takes raster only')

raster.after(() => rmSync(folder, { recursive: true }))

raster('is drawn page by page on A4, as poppler draws it', async () => {
  const file = fileOf('two.pdf', pagesOf([595, 842], [595, 842]))
  for (const page of await draw(file)) {
    assert.equal([page.width, page.height, page.channels], [620, 877, 1])
    assert.ok(page.data.subarray(10 * 620, 10 * 620 + 60).every((value) => value < 10))
    assert.ok(page.data.subarray(100 * 620).every((value) => value > 250))
  }
})

raster('says in its header what the norm asks for', async () => {
  const file = fileOf('three.pdf', pagesOf([595, 842], [595, 842], [595, 842]))
  const [page] = await draw(file, { colour: true, dpi: 150, duplex: 'short-edge', ranges: [[2, 3]] })
  const header = page?.header ?? Buffer.alloc(0)
  const number = (offset: number) => header.readUInt32BE(offset)
  assert.is(header.toString('latin1', 0, 10), 'PwgRaster\0')
  assert.equal([number(276), number(280)], [150, 150])
  assert.equal([number(272), number(368)], [1, 1], 'duplex, turned on the short edge')
  assert.equal([number(352), number(356)], [595, 842])
  assert.equal([number(384), number(388), number(400), number(420)], [8, 24, 19, 3])
  assert.is(number(392), 1240 * 3)
  assert.is(number(452), 2, 'pages in all')
  assert.match(header.toString('latin1', 1732), /^iso_a4_210x297mm\0/)
})

raster('is taken by the PWG reader of CUPS', async () => {
  const filter = '/usr/lib/cups/filter/rastertopdf'
  assert.ok(existsSync(filter), 'cups-filters is installed')
  await draw(fileOf('cups.pdf', pagesOf([595, 842], [595, 842])))
  const back = execFileSync(filter, ['1', 'user', 'title', '1', '', out], {
    env: { PATH: '/usr/bin:/bin', CONTENT_TYPE: 'image/pwg-raster' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const info = execFileSync('pdfinfo', [fileOf('back.pdf', back)], { encoding: 'utf8' })
  assert.match(info, /Pages: +2/)
  assert.match(info, /\(A4\)/)
})

raster('turns a page that lies on its side and shrinks a larger one, and enlarges none', async () => {
  const [lying, large, small] = await draw(fileOf('sizes.pdf', pagesOf([842, 595], [842, 1191], [298, 421])))
  const inked = (page: typeof lying) => {
    const values = page?.data ?? new Uint8Array()
    const first = values.findIndex((value) => value < 128)
    return { x: first % 620, y: Math.floor(first / 620), area: values.filter((value) => value < 128).length }
  }
  assert.ok(inked(lying).x > 500, 'its top left has become its top right')
  assert.ok(inked(large).area < 3200, 'a square inch has become half of one')
  const { x, y, area } = inked(small)
  assert.ok(
    area > 5400 && Math.abs(x - 155) < 3 && Math.abs(y - 219) < 3,
    'in the middle, as large as it was',
  )
})

raster('may be a photograph, and one that a PDF cannot carry as it stands', async () => {
  const square = { create: { width: 1200, height: 800, channels: 4, background: '#c00f' } } as const
  const photo = await sharp(square).flatten().jpeg().toBuffer()
  const clear = await sharp(square).png().toBuffer()
  for (const [name, bytes, mediaType] of [
    ['photo.jpg', photo, 'image/jpeg'],
    ['clear.png', clear, 'image/png'],
    ['grey.png', await sharp(square).flatten().greyscale().png().toBuffer(), 'image/png'],
  ] as const) {
    const [page] = await draw(fileOf(name, bytes), { mediaType, colour: true })
    assert.equal([page?.width, page?.height], [620, 877])
    const middle = (438 * 620 + 310) * 3
    const [red, green, blue] = page?.data.subarray(middle, middle + 3) ?? []
    if (name === 'grey.png') assert.is(red, blue)
    else
      assert.ok(
        (red ?? 0) > 180 && (green ?? 255) < 30 && (blue ?? 255) < 30,
        `${name}: ${red} ${green} ${blue}`,
      )
  }
})

raster('leaves nothing behind, whatever comes of it', async () => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('avyl-raster-'))
  await rasterise(fileOf('bomb.pdf', bombOf(256)), pdfJob, never).catch(() => undefined)
  await draw(fileOf('one.pdf', pagesOf([595, 842])))
  assert.equal(
    readdirSync(tmpdir()).filter((name) => name.startsWith('avyl-raster-')),
    before,
  )
})

raster('that is hostile is refused in words that a command can carry', async () => {
  const { rasterise: prepare, checkPdf } = printPreparation({
    worker: new URL('../../documents/worker.ts', import.meta.url),
  })
  const refused = async (work: Promise<unknown>, code: CommandError['code']) => {
    try {
      await work
      assert.unreachable()
    } catch (thrown) {
      assert.instance(thrown, CommandError)
      assert.is((thrown as CommandError).code, code)
    }
  }
  await refused(checkPdf(fileOf('b.pdf', bombOf(256)), never), 'refused')
  await refused(prepare(fileOf('cut.pdf', pagesOf([595, 842]).subarray(0, 200)), pdfJob, never), 'invalid')
  const image = { ...pdfJob, mediaType: 'image/png' } as const
  await refused(prepare(fileOf('no.png', Buffer.from('no image')), image, never), 'invalid')
  const broken = await sharp({ create: { width: 50, height: 50, channels: 4, background: '#0000' } })
    .png()
    .toBuffer()
  await refused(prepare(fileOf('broken.png', broken.fill(7, 60, 80)), image, never), 'invalid')
  await refused(
    prepare(fileOf('page.pdf', pagesOf([595, 842])), { ...pdfJob, ranges: [[7, 9]] }, never),
    'unsupported',
  )
})

raster('stops when it is told to', async () => {
  const reason = new Error('stopped')
  try {
    await rasterise(fileOf('p.pdf', pagesOf([595, 842])), pdfJob, AbortSignal.abort(reason))
    assert.unreachable()
  } catch (thrown) {
    assert.is(thrown, reason)
  }
})

raster('has the pages that were asked for, each once', () => {
  assert.equal(selectPages([], 3), [1, 2, 3])
  assert.equal(
    selectPages(
      [
        [2, 9],
        [1, 2],
      ],
      3,
    ),
    [1, 2, 3],
  )
})

raster.run()

const packing = suite('the packing of rows')

const packed = (rows: readonly Uint8Array[], page: RasterPage): Buffer => {
  const parts: Uint8Array[] = [syncWord, pageHeader(page)]
  const packer = new RasterRows(page, (bytes) => parts.push(bytes))
  for (const row of rows) packer.push(row)
  packer.end()
  return Buffer.concat(parts)
}

packing('gives back every row, for grey and colour, runs and noise, at every length', () => {
  let seed = 1
  const random = (most: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return (seed >>> 16) % most
  }
  for (const colour of [false, true]) {
    for (const width of [1, 2, 127, 128, 129, 255, 256, 257, 1000]) {
      const channels = colour ? 3 : 1
      const rows = Array.from({ length: 12 }, () => {
        const colours = 1 + random(4)
        return Uint8Array.from({ length: width * channels }, () => random(colours))
      })
      const all = [...rows, ...Array.from({ length: 600 }, () => new Uint8Array(width * channels).fill(255))]
      const sheet = { width: 1, height: 1, name: 'iso_a4_210x297mm' }
      const page: RasterPage = { width, height: all.length, dpi: 75, colour, sheet, duplex: 'none', pages: 1 }
      const file = packed(all, page)
      const [decoded] = decodePwgRaster(file)
      assert.ok(decoded !== undefined && Buffer.concat(all).equals(decoded.data as Buffer))
      const noisiest = rows.length * (width * (channels + 1) + 1)
      assert.ok(
        file.length < 1800 + noisiest + 3 * (2 + Math.ceil(width / 128) * 4),
        'white rows cost nothing',
      )
    }
  }
})

packing.run()

const netpbm = suite('a drawn page')

const readAll = async (...chunks: readonly string[]) => {
  const rows: string[] = []
  const source = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk, 'latin1')
  })()
  for await (const event of readNetpbm(source)) {
    if ('row' in event) rows.push(Buffer.from(event.row).toString('latin1'))
  }
  return rows
}

netpbm('is read in pieces of any size', async () => {
  assert.equal(await readAll('P', '5\n3 2', '\n255\nab', 'c', 'def'), ['abc', 'def'])
  assert.equal(await readAll('P6 1 2 255\nabcdef'), ['abc', 'def'])
})

netpbm('that is none, too large or cut short is an error', async () => {
  for (const chunks of [
    ['P5 3 2 255\nabcde'],
    ['P5 3 2 255\nabcdefg'],
    ['x'.repeat(200)],
    [],
    ['P5 99999 99999 255\n'],
  ]) {
    try {
      await readAll(...chunks)
      assert.unreachable()
    } catch (thrown) {
      assert.match((thrown as { kind?: string }).kind ?? '', /damaged|page-too-large/)
    }
  }
})

netpbm.run()
