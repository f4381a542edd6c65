import { PDFDocument } from 'pdf-lib'

/** A PDF of plain A4 pages. */
export const pdfOf = async (pages: number): Promise<Uint8Array> => {
  const document = await PDFDocument.create()
  for (let page = 1; page <= pages; page++) {
    document.addPage([595, 842]).drawText(`Page ${page}`, { x: 60, y: 760, size: 24 })
  }
  return document.save()
}
