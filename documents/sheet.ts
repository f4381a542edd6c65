import { DocumentError } from './document-error.ts'
import { readNetpbm } from './netpbm.ts'
import { pageHeader, type RasterPage, RasterRows } from './pwg-raster.ts'

/** A4, the paper of every terminal, in points (297 mm are 841.9 of them). */
export const a4 = { width: 595, height: 842, name: 'iso_a4_210x297mm' } as const

/** A4 in pixels. */
export const a4Pixels = (dpi: number) => ({
  width: Math.round((210 / 25.4) * dpi),
  height: Math.round((297 / 25.4) * dpi),
})

/** Lays a drawn page on the middle of the sheet and packs it as one page of PWG raster, band by band. */
export async function* layOnSheet(
  drawn: AsyncIterable<Uint8Array>,
  sheet: RasterPage,
): AsyncGenerator<Uint8Array> {
  const channels = sheet.colour ? 3 : 1
  const white = new Uint8Array(sheet.width * channels).fill(255)
  const line = Uint8Array.from(white)
  const packed: Uint8Array[] = [pageHeader(sheet)]
  const rows = new RasterRows(sheet, (bytes) => packed.push(bytes))
  let at = 0
  let left = 0
  for await (const event of readNetpbm(drawn)) {
    if ('picture' in event) {
      const { picture } = event
      if (picture.channels !== channels)
        throw new DocumentError('damaged', 'A page was drawn in other colours')
      left = Math.floor((sheet.width - picture.width) / 2) * channels
      at = Math.floor((sheet.height - picture.height) / 2)
      for (let blank = 0; blank < at; blank += 1) rows.push(white)
      continue
    }
    if (left >= 0) line.set(event.row, left)
    else line.set(event.row.subarray(-left, line.length - left))
    if (at >= 0 && at < sheet.height) rows.push(line)
    at += 1
    if (packed.length >= 64) yield Buffer.concat(packed.splice(0))
  }
  for (; at < sheet.height; at += 1) rows.push(white)
  rows.end()
  yield Buffer.concat(packed)
}
