import { writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { PDFDocument, rgb } from 'pdf-lib'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  documentPages,
  documentSheet,
  sheetFromFile,
  sheetOf,
} from '../../../simulator/virtual-mfp/virtual-mfp.ts'
import { withVirtualMfp } from '../../support/virtual-mfp.ts'

const control = suite('the panel of a virtual MFP')

const call = async (panel: string, method: string, path: string, body?: unknown) => {
  const raw = Buffer.isBuffer(body)
  const answer = await fetch(`${panel}control${path}`, {
    method,
    headers: raw ? { 'content-type': 'application/octet-stream' } : { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: raw ? new Uint8Array(body as Buffer) : JSON.stringify(body) }),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

const twoPages = async (): Promise<Buffer> => {
  const document = await PDFDocument.create()
  for (const colour of [rgb(1, 0, 0), rgb(0, 0, 1)]) {
    document.addPage([595.28, 841.89]).drawRectangle({ x: 0, y: 0, width: 600, height: 850, color: colour })
  }
  return Buffer.from(await document.save())
}

const middleOf = async (picture: Buffer): Promise<number[]> => [
  ...(await sharp(picture).removeAlpha().resize(1, 1).raw().toBuffer()),
]

control('lays pages, pictures and prints on the glass', async () => {
  await withVirtualMfp({}, async (own, folder) => {
    assert.is(own.glass?.name, 'application')
    await writeFile(join(folder, '1.pdf'), await twoPages())
    await withVirtualMfp({ printer: { folder } }, async ({ panel }) => {
      const { body } = await call(panel, 'GET', '')
      assert.is(body.glass, 'application')
      assert.equal(body.pages, Object.keys(documentPages))
      assert.equal(body.prints, ['1.pdf'])
      assert.is((await call(panel, 'PUT', '/glass', { page: 'notice' })).body.glass, 'notice')
      assert.is((await call(panel, 'PUT', '/glass', { print: '1.pdf', pdfPage: 2 })).body.glass, '1.pdf')
      const preview = Buffer.from(await (await fetch(`${panel}control/glass.jpg`)).arrayBuffer())
      const [red = 0, , blue = 0] = await middleOf(preview)
      assert.ok(blue > 200 && red < 50)
      const picture = await sharp({ create: { width: 20, height: 20, channels: 3, background: '#0f0' } })
        .png()
        .toBuffer()
      assert.is((await call(panel, 'PUT', '/glass', picture)).body.glass, 'own picture')
      assert.is((await call(panel, 'PUT', '/glass?page=1', await twoPages())).body.glass, 'own picture')
      assert.is((await call(panel, 'DELETE', '/glass')).body.glass, null)
      assert.is((await fetch(`${panel}control/glass.jpg`)).status, 404)
    })
  })
})

control('loads the feeder, sets the fault and the speed', async () => {
  await withVirtualMfp({}, async (mfp) => {
    const { panel } = mfp
    assert.is((await call(panel, 'GET', '')).body.adfState, 'ScannerAdfEmpty')
    await call(panel, 'POST', '/feeder', { page: 'notice' })
    const loaded = (await call(panel, 'POST', '/feeder', { page: 'extract' })).body
    assert.equal(loaded.feeder, ['notice', 'extract'])
    assert.is(loaded.adfState, 'ScannerAdfLoaded')
    assert.is(mfp.feederSheets, 2)
    assert.equal((await call(panel, 'DELETE', '/feeder')).body.feeder, [])
    const fault = { kind: 'jam', afterPage: 1 }
    assert.equal((await call(panel, 'PUT', '/fault', fault)).body.fault, fault)
    assert.is((await call(panel, 'DELETE', '/fault')).body.fault, null)
    assert.equal((await call(panel, 'PUT', '/speed', { pageSeconds: 12, bytesPerSecond: -1 })).body.speed, {
      pageSeconds: 12,
    })
  })
})

control('says what is wrong with a request', async () => {
  await withVirtualMfp({}, async ({ panel }, folder) => {
    for (const [method, path, body] of [
      ['PUT', '/fault', { kind: 'fire' }],
      ['PUT', '/fault', { kind: 'toString' }],
      ['PUT', '/fault', { kind: 'dead-socket', at: 'night' }],
      ['PUT', '/fault', { kind: 'early-404', times: -1 }],
      ['PUT', '/fault', { kind: 'jam' }],
      ['PUT', '/fault', null],
      ['PUT', '/glass', { page: 'constructor' }],
      ['PUT', '/glass', { print: '../../etc/passwd' }],
      ['PUT', '/glass', Buffer.from('no picture')],
    ] as const) {
      const { status, body: told } = await call(panel, method, path, body)
      assert.is(status, 400, JSON.stringify(body))
      assert.type(told.error, 'string')
    }
    assert.is((await call(panel, 'GET', '/nothing')).status, 404)
    const file = join(folder, 'one.pdf')
    await writeFile(file, await twoPages())
    const missing = await sheetFromFile('print', file, 3).catch((thrown) => thrown)
    assert.instance(missing, Error)
  })
})

control('is shown by a page, to this machine alone', async () => {
  await withVirtualMfp({}, async ({ panel }) => {
    const page = await fetch(panel)
    assert.match(await page.text(), /Виртуальное МФУ/)
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'self'/)
    assert.is((await fetch(`${panel}panel.js`)).status, 200)
    const foreign = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        request(`${panel}control`, { headers }, (answer) => {
          answer.resume()
          resolve(answer.statusCode)
        })
          .on('error', reject)
          .end()
      })
    assert.is(await foreign({ host: 'village.example' }), 403)
    assert.is(await foreign({ 'sec-fetch-site': 'cross-site' }), 403)
  })
})

control('holds document pages of ours that differ and fill an A4 sheet', async () => {
  const pictures = new Set<string>()
  for (const name of Object.keys(documentPages) as (keyof typeof documentPages)[]) {
    const { width, height, dpi, picture } = await documentSheet(name)
    assert.equal([width, height, dpi], [2480, 3508, 300])
    pictures.add(picture.toString('base64', 0, 200_000))
  }
  assert.is(pictures.size, 4)
  const letters = Object.values(documentPages)
    .map((page) => page())
    .join('')
  for (const letter of 'ӘәӨөҮүҖҗҢңҺһ') assert.ok(letters.includes(letter), letter)
})

control('lays PWG raster as it was printed', async () => {
  await withVirtualMfp({}, async (mfp, folder) => {
    const file = join(folder, '7.pwg')
    await writeFile(file, pwgPages())
    await mfp.layPrint(file, 1)
    assert.equal([mfp.glass?.width, mfp.glass?.height, mfp.glass?.dpi], [4, 3, 300])
    assert.equal(
      [...(await sharp(mfp.glass?.picture).toColourspace('b-w').raw().toBuffer())],
      [10, 10, 20, 30, 10, 10, 20, 30, 7, 7, 7, 7],
    )
    await mfp.layPrint(file, 2)
    assert.equal(
      [...(await sharp(mfp.glass?.picture).toColourspace('b-w').raw().toBuffer())],
      [0, 255, 0, 255],
    )
    assert.instance(await mfp.layPrint(file, 3).catch((thrown) => thrown), RangeError)
  })
})

/** A grey page with a repeated line, runs and literals; then a black one of a bit a pixel (PWG 5102.4). */
const pwgPages = (): Buffer => {
  const header = (width: number, height: number, bits: number, colourSpace: number) => {
    const bytes = Buffer.alloc(1796)
    bytes.writeUInt32BE(300, 276)
    bytes.writeUInt32BE(width, 372)
    bytes.writeUInt32BE(height, 376)
    bytes.writeUInt32BE(bits, 388)
    bytes.writeUInt32BE(Math.ceil((width * bits) / 8), 392)
    bytes.writeUInt32BE(colourSpace, 400)
    return bytes
  }
  return Buffer.concat([
    Buffer.from('RaS2'),
    header(4, 3, 8, 18),
    Buffer.from([1, 1, 10, 255, 20, 30, 0, 3, 7]),
    header(4, 1, 1, 3),
    Buffer.from([0, 0, 0b1010_0000]),
  ])
}

control('fits a picture of another shape onto the sheet', async () => {
  const wide = await sharp({ create: { width: 1654, height: 100, channels: 3, background: '#fff' } })
    .png()
    .toBuffer()
  assert.is((await sheetOf('wide', wide)).dpi, 200)
})

control.run()
