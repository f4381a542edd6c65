import { encode } from 'uqr'
import { code, drawing, frame, text } from '../../../documents/drawing.ts'
import { type ClaimFile, claimMark, groupedCode } from '../../../protocol/claim-file.ts'
import { translator } from '../../../provisioning/texts/texts.ts'

/** What a label shows beside its claim. */
export interface Label {
  readonly claim: Pick<ClaimFile, 'device' | 'village' | 'code' | 'expiresAt'>
  readonly district?: string
  /** Its code was on paper before. */
  readonly again?: boolean
}

/** Two columns of four fit A4 with its margins; in millimetres. */
export const labelSize = { width: 95, height: 66 } as const
const columns = 2
const rows = 4
const margin = { left: 10, top: 16 }

const ru = translator('ru')
const tt = translator('tt')

const draw = ({ claim, district, again = false }: Label, x: number, y: number): string => {
  const { width, height } = labelSize
  const { data } = encode(claimMark(claim.code), { ecc: 'Q', border: 4 })
  const date = new Date(claim.expiresAt).toISOString().slice(0, 10)
  const inner = width - 10
  return [
    frame(x, y, width, height),
    text(x + 5, y + 9, claim.village, { size: 6, bold: true, width: inner }),
    text(x + 5, y + 15, district ?? '', { size: 3.4, width: inner }),
    text(x + 5, y + 21, claim.device, { size: 4.2, font: 'mono', width: inner }),
    code(x + width - 42, y + 23, 40, data),
    text(x + 5, y + 31, `${ru('label.claim')} / ${tt('label.claim')}`, { size: 2.6, width: 46 }),
    text(x + 5, y + 40, groupedCode(claim.code), { size: 6, bold: true, font: 'mono', width: 47 }),
    text(x + 5, y + 48, ru('label.until', { date }), { size: 2.8, width: 46 }),
    text(x + 5, y + 52, tt('label.until', { date }), { size: 2.8, width: 46 }),
    again
      ? text(x + 5, y + 60, `${ru('label.again')} / ${tt('label.again')}`, { size: 3, bold: true, width: 48 })
      : '',
  ].join('')
}

/** One label as SVG. */
export const drawLabel = (label: Label): string => drawing(draw(label, 0, 0), labelSize)

/** Sheets of labels, A4, as SVG. */
export const drawLabelSheets = (labels: readonly Label[]): readonly string[] => {
  const perSheet = columns * rows
  return Array.from({ length: Math.ceil(labels.length / perSheet) }, (_, sheet) =>
    drawing(
      labels
        .slice(sheet * perSheet, (sheet + 1) * perSheet)
        .map((label, at) => {
          const x = margin.left + (at % columns) * labelSize.width
          const y = margin.top + Math.floor(at / columns) * labelSize.height
          return draw(label, x, y)
        })
        .join('\n'),
    ),
  )
}
