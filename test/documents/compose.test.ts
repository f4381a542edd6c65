import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { composePdf, type SourcePage } from '../../documents/compose.ts'
import { DocumentError } from '../../documents/document-error.ts'
import { encodePage, type PageEncoding } from '../../documents/encode.ts'
import { type ImageMediaType, toPdfImage } from '../../documents/pdf-image.ts'
import { createPdfStream } from '../../documents/pdf-stream.ts'
import { imageOf, textPage } from '../support/text-page.ts'

const folder = mkdtempSync(join(tmpdir(), 'avyl-compose-'))
const out = join(folder, 'out.pdf')
const { signal } = new AbortController()
const dpi = 150
const page = await textPage({ dpi })

const imageFile = (encoding: PageEncoding) =>
  encodePage(encoding === 'g4' ? imageOf(page).greyscale() : imageOf(page), encoding, dpi)

const source = (
  bytes: Uint8Array,
  mediaType: ImageMediaType,
  rotate: SourcePage['rotate'] = 0,
): SourcePage => ({
  read: async () => bytes,
  mediaType,
  dpi,
  rotate,
})

const run = (program: string, ...argv: string[]): string => execFileSync(program, argv, { encoding: 'utf8' })

/** Fails where qpdf finds the least fault. */
const checked = (file: string): void =>
  assert.match(run('qpdf', '--check', file), 'No syntax or stream encoding errors')

const fails = async (work: Promise<unknown>, kind: DocumentError['kind']) => {
  try {
    await work
  } catch (thrown) {
    assert.instance(thrown, DocumentError)
    return assert.is((thrown as DocumentError).kind, kind)
  }
  assert.unreachable('nothing was thrown')
}

const pdf = suite('a PDF of pages')

pdf('is sound, of the size of the paper, and carries JPEG, G4 and PNG as they stand', async () => {
  const pages = [
    source(await imageFile('jpeg'), 'image/jpeg'),
    source(await imageFile('g4'), 'image/tiff'),
    source(await imageFile('png'), 'image/png'),
  ]
  await composePdf(pages, out, { signal })
  checked(out)
  assert.match(run('pdfinfo', out), /Page size: +595.2 x 841.92 pts \(A4\)/)
  const rows = run('pdfimages', '-list', out).trim().split('\n').slice(2)
  assert.equal(
    rows.map((row) => {
      const [, , , width, height, colour, , bits, encoding, , , , xPpi, yPpi] = row.trim().split(/ +/)
      return [width, height, colour, bits, encoding, xPpi, yPpi].join(' ')
    }),
    ['1240 1754 rgb 8 jpeg 150 150', '1240 1754 gray 1 ccitt 150 150', '1240 1754 rgb 8 image 150 150'],
  )
  run('pdfimages', '-all', out, join(folder, 'image'))
  assert.ok(readFileSync(join(folder, 'image-000.jpg')).equals(Buffer.from(await imageFile('jpeg'))))
})

pdf('shows black where the page is black, in every encoding', async () => {
  for (const [encoding, mediaType] of [
    ['jpeg', 'image/jpeg'],
    ['png', 'image/png'],
    ['tiff', 'image/tiff'],
    ['g4', 'image/tiff'],
  ] as const) {
    await composePdf([source(await imageFile(encoding), mediaType)], out, { signal })
    const drawn = execFileSync('pdftoppm', ['-r', String(dpi), '-png', '-gray', out], {
      maxBuffer: 16 * 1024 * 1024,
    })
    const ink = imageOf(page).greyscale().threshold(128)
    const [expected, found] = await Promise.all([
      ink.stats(),
      sharp(drawn).greyscale().threshold(128).stats(),
    ])
    const difference = Math.abs((expected.channels[0]?.mean ?? 0) - (found.channels[0]?.mean ?? 0))
    assert.ok(difference < 20, `${encoding}: ${difference}`)
  }
})

pdf('has its pages in order, each turned as asked', async () => {
  const jpeg = await imageFile('jpeg')
  const turns = [90, 0, 270, 180] as const
  await composePdf(
    turns.map((rotate) => source(jpeg, 'image/jpeg', rotate)),
    out,
    { signal },
  )
  checked(out)
  const info = run('pdfinfo', '-f', '1', '-l', '4', out)
  assert.equal(
    [...info.matchAll(/rot: +(\d+)/g)].map(([, rotate]) => Number(rotate)),
    [...turns],
  )
})

pdf('encodes anew what it cannot carry: alpha, palettes, striped TIFF', async () => {
  const alpha = await imageOf(page).ensureAlpha(0.5).png().toBuffer()
  const palette = await imageOf(page).png({ palette: true }).toBuffer()
  const interlaced = await imageOf(page).png({ progressive: true }).toBuffer()
  const striped = await imageOf(page)
    .greyscale()
    .threshold()
    .toColourspace('b-w')
    .tiff({ compression: 'ccittfax4', bitdepth: 1 })
    .toBuffer()
  const cmyk = await imageOf(page).toColourspace('cmyk').jpeg().toBuffer()
  await composePdf(
    [
      ...[alpha, palette, interlaced].map((bytes) => source(bytes, 'image/png')),
      source(striped, 'image/tiff'),
      source(cmyk, 'image/jpeg'),
    ],
    out,
    { signal },
  )
  checked(out)
  assert.is(run('pdfimages', '-list', out).match(/ jpeg /g)?.length, 5)
})

pdf('of a damaged page is refused', async () => {
  const jpeg = Buffer.from(await imageFile('jpeg'))
  const tiff = Buffer.from(await imageFile('g4'))
  const png = Buffer.from(await imageFile('png'))
  for (const [bytes, mediaType] of [
    [Buffer.alloc(0), 'image/jpeg'],
    [jpeg.subarray(0, 10), 'image/jpeg'],
    [Buffer.from('ffd8ffd9', 'hex'), 'image/jpeg'],
    [Buffer.from('ffd800', 'hex'), 'image/jpeg'],
    [png, 'image/jpeg'],
    [png.subarray(0, 500), 'image/png'],
    [jpeg, 'image/png'],
    [tiff.subarray(0, 2000), 'image/tiff'],
    [jpeg, 'image/tiff'],
    [Buffer.from('49492a00080000000000', 'hex'), 'image/tiff'],
  ] as const) {
    await fails(composePdf([source(bytes, mediaType)], out, { signal }), 'damaged')
  }
})

pdf('is not written when a page cannot be brought, or nobody wants it any more', async () => {
  const reason = new Error('gone')
  const missing: SourcePage = { ...source(Buffer.alloc(0), 'image/jpeg'), read: () => Promise.reject(reason) }
  for (const work of [
    composePdf([missing], out, { signal }),
    composePdf([missing], out, { signal: AbortSignal.abort(reason) }),
    composePdf([missing], out, { signal, searchable: true }),
  ]) {
    try {
      await work
      assert.unreachable()
    } catch (thrown) {
      assert.is(thrown, reason)
    }
  }
})

pdf('can be read while it grows, and breaks off for its reader', async () => {
  const jpeg = await imageFile('jpeg')
  const growing = createPdfStream()
  const read: Buffer[] = []
  growing.bytes.on('data', (piece: Buffer) => read.push(piece))
  await growing.add({ bytes: jpeg, mediaType: 'image/jpeg', dpi })
  assert.ok(Buffer.concat(read).length > jpeg.length, 'the first page is out before the second comes')
  const reason = new Error('broken off')
  growing.abandon(reason)
  try {
    await growing.add({ bytes: jpeg, mediaType: 'image/jpeg', dpi })
    assert.unreachable()
  } catch (thrown) {
    assert.instance(thrown, Error)
  }
  await fails(
    createPdfStream().add({ bytes: await imageFile('tiff'), mediaType: 'image/tiff', dpi }),
    'unsupported',
  )
  assert.is(toPdfImage(await imageFile('tiff'), 'image/tiff'), undefined)
})

pdf.run()

/** The number of letters to insert, remove or change to get from one text to the other. */
const distance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [at, letter] of [...from].entries()) {
    const next = [at + 1]
    for (let index = 1; index <= to.length; index += 1) {
      const change = (row[index - 1] ?? 0) + (to[index - 1] === letter ? 0 : 1)
      next.push(Math.min(change, (row[index] ?? 0) + 1, (next[index - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

const words = [
  'Авыл советы җыелышында халыкның үтенечләре каралды',
  'Өлкән яшьтәге кешеләргә ярдәм күрсәтү турында сөйләделәр',
  'Документы приняты специалистом и переданы в отдел',
  'Гражданин получил ответ на своё обращение вовремя',
]

const searchable = suite('a searchable PDF')

searchable.after(() => rmSync(folder, { recursive: true }))

searchable('holds the text of a Russian and Tatar page, also of one that lay on its side', async () => {
  const print = await textPage({ dpi: 200, lines: 4, words })
  const upright = await encodePage(imageOf(print), 'jpeg', 200)
  const lying = await encodePage(imageOf(print).greyscale().rotate(270), 'g4', 200)
  const pages = [
    { ...source(upright, 'image/jpeg'), dpi: 200 },
    { ...source(lying, 'image/tiff', 90), dpi: 200 },
  ]
  const file = join(folder, 'searchable.pdf')
  await composePdf(pages, file, { signal, searchable: true })
  checked(file)
  assert.match(run('pdfinfo', file), /Pages: +2/)
  const texts = run('pdftotext', file, '-').split('\f').slice(0, 2)
  for (const text of texts) {
    const read = text.split('\n').filter(Boolean).join('\n')
    const wrong = distance(read, words.join('\n')) / words.join('\n').length
    assert.ok(wrong < 0.02, `${(100 * wrong).toFixed(1)} % of the letters: ${read}`)
  }
  assert.equal(
    readdirSync(folder).filter((name) => name.startsWith('text-')),
    [],
    'nothing stays beside it',
  )
})

searchable.run()
