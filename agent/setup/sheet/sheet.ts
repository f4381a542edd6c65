import { createHash } from 'node:crypto'
import { encode } from 'uqr'
import { code, drawing, line, text } from '../../../documents/drawing.ts'
import { canonical } from '../../../protocol/canonical.ts'
import { type SetupCheck, type SheetData, type SheetMark, sheetMark } from '../../../protocol/setup.ts'
import { isTextKey, type TextKey, translator } from '../../../provisioning/texts/texts.ts'

const ru = translator('ru')
const tt = translator('tt')

/** The hash of what a sheet says, which its QR codes carry. */
export const sheetHash = (data: SheetData): string =>
  createHash('sha256').update(canonical(data)).digest('hex')

/* In millimetres: what lies outside the margins, some printers do not print. */
const left = 14
const right = 196
const foot = 284
const codeSide = 34

/** The same words in Russian and in Tatar, one below the other. */
const both = (x: number, y: number, key: TextKey, size = 3.2, width = right - x): string =>
  text(x, y, ru(key), { size, width, bold: true }) +
  text(x, y + size * 1.25, tt(key), { size: size * 0.92, width })

/** The acceptance sheet of a terminal, A4 in Russian and Tatar, as SVG. */
export const drawSheet = (data: SheetData, nonce: string): string => {
  const hash = sheetHash(data)
  const content = [head(data), facts(data), checks(data.checks, 92), lastPart(hash)]
  for (const corner of ['top', 'foot'] as const) content.push(mark({ hash, nonce, corner }))
  return drawing(content.join('\n'))
}

/** They stand at opposite corners: a sheet on which both are read was printed and scanned whole. */
const mark = (said: SheetMark): string => {
  // A third of the code may be dirty or creased and it still reads (level M: 15 % of its words).
  const { data } = encode(sheetMark(said), { ecc: 'M', border: 4 })
  return said.corner === 'top'
    ? code(right - codeSide + 3, 8, codeSide, data)
    : code(left - 3, foot - codeSide + 4, codeSide, data)
}

const head = ({ village, device }: SheetData): string =>
  [
    text(left, 20, ru('sheet.title'), { size: 6, bold: true, width: 140 }),
    text(left, 27, tt('sheet.title'), { size: 5.2, width: 140 }),
    text(left, 33, `${ru('sheet.project')} · ${tt('sheet.project')}`, { size: 3, width: 140 }),
    text(left, 42, village ?? '', { size: 6, bold: true, width: 140 }),
    text(left, 48, device ?? '', { size: 4, font: 'mono', width: 140 }),
  ].join('')

const facts = (data: SheetData): string => {
  const { uplink, devices } = data
  const rows: readonly (readonly [TextKey, string])[] = [
    ['serial', data.serial],
    ['fingerprint', data.fingerprint],
    ['step.devices', [devices.scanner, devices.printer].filter(Boolean).join(' · ') || '—'],
    [
      'sheet.line',
      uplink === undefined
        ? `${ru('sheet.no-line')} / ${tt('sheet.no-line')}`
        : `${Math.round(uplink.rttMs)} ms · ${Math.round(uplink.lossPercent)} % · ↓ ${Math.round(uplink.downKbits)} · ↑ ${Math.round(uplink.upKbits)} kbit/s`,
    ],
    [
      'sheet.made',
      `${new Date(data.madeAt).toISOString().slice(0, 16).replace('T', ' ')} UTC · ${data.agent}`,
    ],
  ]
  return rows
    .map(([key, value], at) => {
      const y = 56 + at * 6
      const name = `${ru(key)} / ${tt(key)}`
      return (
        text(left, y, name, { size: 3, width: 66 }) +
        text(82, y, value, { size: 3.2, bold: true, width: 112 })
      )
    })
    .join('')
}

const rowHeight = 7

const checks = (all: readonly SetupCheck[], top: number): string => {
  const rows = all.map(({ name, state, evidence }, at) => {
    const y = top + 9 + at * rowHeight
    const key = `check.${name}`
    const words = (t: typeof ru) => (isTextKey(key) ? t(key) : name)
    return [
      text(left, y, words(ru), { size: 3, bold: true, width: 40 }),
      text(left, y + 3, words(tt), { size: 2.5, width: 40 }),
      text(56, y, ru(`check.${state}`), { size: 2.8, bold: state === 'bad', width: 34 }),
      text(56, y + 3, tt(`check.${state}`), { size: 2.5, width: 34 }),
      text(92, y + 1, evidence, { size: 2.6, font: 'mono', width: right - 92 }),
      line(left, y + 4, right, y + 4, 0.1),
    ].join('')
  })
  const names = [
    [left, 'sheet.check'],
    [56, 'sheet.result'],
    [92, 'sheet.evidence'],
  ] as const
  const titles = names.map(([x, key]) =>
    text(x, top, `${ru(key)} / ${tt(key)}`, {
      size: 2.8,
      bold: true,
      width: x === left ? 40 : x === 56 ? 34 : 90,
    }),
  )
  return [...titles, line(left, top + 2, right, top + 2, 0.3), ...rows].join('')
}

const lastPart = (hash: string): string => {
  const card: readonly TextKey[] = ['sheet.card.paper', 'sheet.card.power', 'sheet.card.help']
  const x = left + codeSide + 6
  return [
    line(left, 222, right, 222, 0.3),
    both(left, 227, 'sheet.card', 3.2),
    ...card.map((key, at) => both(left + 40, 227 + at * 7, key, 2.7)),
    both(x, 252, 'sheet.technician', 3, 40),
    line(x + 34, 253, right, 253),
    both(x, 262, 'sheet.assistant', 3, 40),
    line(x + 34, 263, right, 263),
    text(x, 273, ru('sheet.scan'), { size: 2.7, width: right - x }),
    text(x, 277, tt('sheet.scan'), { size: 2.7, width: right - x }),
    text(x, 283, hash, { size: 2.5, font: 'mono', width: right - x }),
  ].join('')
}
