import sharp from 'sharp'
import type { Band } from '../../fleet/api/schemas.ts'
import type { ScannedPage } from '../../protocol/capabilities/scanner.ts'
import type { PretendFleet } from './pretend-fleet.ts'

const width = 620
const height = 877

/** A page of plain words at 75 dpi, as JPEG. */
export const paper = (title: string): Promise<Buffer> => {
  const lines = Array.from(
    { length: 18 },
    (_, line) =>
      `<rect x="70" y="${190 + line * 30}" width="${480 - ((line * 53) % 150)}" height="9" fill="#8a8a8a"/>`,
  )
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#fdfcf8"/><text x="70" y="130" font-family="DejaVu Sans" font-size="30" fill="#222">${title}</text>${lines.join('')}</svg>`
  return sharp(Buffer.from(svg)).jpeg({ quality: 80 }).toBuffer()
}

/** Lays a finished page into the pretended fleet. */
export const finishedPage = async (
  fleet: PretendFleet,
  command: string,
  title: string,
): Promise<ScannedPage> => {
  const preview = await paper(title)
  const { id } = fleet.keep(preview, 'image/jpeg', { preview, command })
  return { artefact: id, width: 2480, height: 3508, dpi: 300 }
}

/** The first rows of a page in bands, up to a share of it. */
export const bandsOf = async (title: string, share: number): Promise<Band[]> => {
  const page = await paper(title)
  const rows = 96
  const count = Math.floor((height * share) / rows)
  return Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const top = at * rows
      const jpeg = await sharp(page).extract({ left: 0, top, width, height: rows }).jpeg().toBuffer()
      return { page: 1, top, width, height: rows, pageHeight: height, jpeg: jpeg.toString('base64') }
    }),
  )
}
