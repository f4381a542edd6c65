import sharp from 'sharp'
import { DocumentError } from './document-error.ts'
import type { Size } from './drawing.ts'
import { a4Millimetres } from './drawing.ts'
import { encodePage } from './encode.ts'
import { writePdfFile } from './pdf-file.ts'
import { toPdfImage } from './pdf-image.ts'

/** As fine as every printer of a village prints. */
const drawnDpi = 300

/**
 * Writes drawings (SVG) as a PDF of black-and-white pages, one at a time: every printer prints it alike, whatever fonts
 * it has. Throws `DocumentError`.
 */
export const writeDrawnPdf = async (
  drawings: readonly string[],
  out: string,
  size: Size = a4Millimetres,
): Promise<void> =>
  writePdfFile(out, async (writer) => {
    for (const drawing of drawings) await writer.page(await drawnImage(drawing, size), { dpi: drawnDpi })
  })

const drawnImage = async (drawing: string, { width, height }: Size) => {
  const picture = sharp(Buffer.from(drawing), { density: drawnDpi })
    .resize(Math.round((width / 25.4) * drawnDpi), Math.round((height / 25.4) * drawnDpi), { fit: 'fill' })
    .flatten({ background: '#ffffff' })
  const image = toPdfImage(await encodePage(picture, 'g4', drawnDpi), 'image/tiff')
  if (image === undefined) throw new DocumentError('damaged', 'A drawing cannot be written')
  return image
}
