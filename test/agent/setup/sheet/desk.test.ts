import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SetupFault } from '../../../../agent/setup/fault.ts'
import { createSheetDesk } from '../../../../agent/setup/sheet/desk.ts'
import { recogniseSheet } from '../../../../agent/setup/sheet/recognise.ts'
import { drawSheet, sheetHash } from '../../../../agent/setup/sheet/sheet.ts'
import { sheetMark } from '../../../../protocol/setup.ts'
import { scratch } from '../../../support/agent-parts.ts'
import {
  blankPaper,
  nonce,
  photocopy,
  printed,
  printSheet,
  scanned,
  sheetData,
} from '../../../support/sheet-paper.ts'

const desk = createSheetDesk(scratch())
const never = new AbortController().signal
const paper = await printSheet(desk)

const recognise = async (jpeg: Buffer, blank = false, sheets = printed) =>
  recogniseSheet(await desk.read(jpeg, never), blank, sheets)

/** Why a page was not recognised. */
const problemOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (thrown: unknown) => (thrown instanceof SetupFault ? thrown.problem : String(thrown)),
  )

const theSheet = suite('the acceptance sheet on the glass')

theSheet('is recognised as it came out', async () => {
  const { hash, nonce: found } = await recognise(await scanned(paper))
  assert.equal([hash, found], [printed.hash, nonce])
})

for (const degrees of [5, 180]) {
  theSheet(`is recognised when it lies turned by ${degrees}°`, async () => {
    const read = await desk.read(await scanned(paper, degrees), never)
    assert.is(recogniseSheet(read, false, printed).hash, printed.hash)
    assert.ok(Math.abs(read.turned - degrees) <= 2, `turned ${read.turned}`)
  })
}

theSheet('is recognised in a pale photocopy of 150 dpi that lies askew', async () => {
  assert.is((await recognise(await scanned(await photocopy(paper, 150), 3))).hash, printed.hash)
})

theSheet('is no empty glass', async () => {
  assert.is(await problemOf(recognise(await scanned(await blankPaper()), true)), 'sheet-blank')
})

theSheet('is no other page', async () => {
  const other = sharp(
    Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="800" height="1100"><rect width="100%" height="100%" fill="#fff"/><text x="50" y="90" font-size="50">Справка</text></svg>',
    ),
  )
  assert.is(await problemOf(recognise(await other.jpeg().toBuffer())), 'sheet-without-mark')
})

theSheet('is not that of another terminal', async () => {
  const other = await printSheet(desk, { ...sheetData, device: 'bakhta' })
  assert.is(await problemOf(recognise(await scanned(other))), 'sheet-of-another')
})

theSheet('is not an old one', async () => {
  const old = { ...sheetData, madeAt: 1 }
  const sheets = { ...printed, earlier: [sheetHash(old)] }
  assert.is(
    await problemOf(recognise(await scanned(await printSheet(desk, old)), false, sheets)),
    'sheet-old',
  )
})

theSheet('is not half of it', async () => {
  const half = await sharp(paper).extract({ left: 0, top: 0, width: 2480, height: 1754 }).jpeg().toBuffer()
  assert.is(await problemOf(recognise(half)), 'sheet-cut')
})

theSheet('is not two halves of two prints', () => {
  const marks = (['top', 'foot'] as const).map((corner, at) => ({
    hash: printed.hash,
    nonce: `${at}`.repeat(16),
    corner,
  }))
  assert.throws(
    () => recogniseSheet({ marks }, false, printed),
    (thrown: SetupFault) => thrown.problem === 'sheet-cut',
  )
})

theSheet('says what it says in Russian and Tatar, and nothing of it is markup', () => {
  const svg = drawSheet(sheetData, nonce)
  for (const words of ['АКТ ПРИЁМКИ', 'КАБУЛ ИТҮ АКТЫ', 'Кителга', '1234 5678 9012', 'пока не установлено']) {
    assert.ok(svg.includes(words), words)
  }
  assert.ok(svg.includes('&lt;12 MiB &amp; no more&gt;'))
  assert.is(sheetMark({ hash: printed.hash, nonce, corner: 'top' }).length, 96)
})

theSheet('is nothing that is no picture at all', async () => {
  assert.is(await problemOf(recognise(Buffer.from('no picture'))), 'sheet-without-mark')
})

theSheet.run()
