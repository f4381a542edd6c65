import sharp from 'sharp'
import { applicationPage } from './pages/application.ts'
import { pageHeight, pageWidth } from './pages/drawing.ts'
import { extractPage } from './pages/extract.ts'
import { noticePage } from './pages/notice.ts'
import { questionnairePage } from './pages/questionnaire.ts'
import { type Sheet, sheetOf } from './sheet.ts'

/** Our own document pages, drawn as SVG; every person and place in them is invented. */
export const documentPages = {
  /** Russian: an application for a farm subsidy, typed, with a signature and a stamp. */
  application: applicationPage,
  /** Russian and Tatar: an extract from a household register, with a table; lies 1.3° askew. */
  extract: extractPage,
  /** Tatar: a notice of a village gathering; lies 0.8° askew the other way. */
  notice: noticePage,
  /** Russian and Tatar: a questionnaire with a photograph. */
  questionnaire: questionnairePage,
} as const

export type DocumentPageName = keyof typeof documentPages

/** Whether a string names one of our pages. */
export const isDocumentPage = (name: string): name is DocumentPageName => Object.hasOwn(documentPages, name)

const dpi = 300
const drawn = new Map<DocumentPageName, Promise<Sheet>>()

/** The page as an A4 sheet of 300 dpi, 2480 x 3508 pixels; drawn once in a process. */
export const documentSheet = (name: DocumentPageName): Promise<Sheet> => {
  const known = drawn.get(name)
  if (known !== undefined) return known
  const sheet = draw(name)
  drawn.set(name, sheet)
  sheet.catch(() => drawn.delete(name))
  return sheet
}

const draw = async (name: DocumentPageName): Promise<Sheet> => {
  const picture = await sharp(Buffer.from(documentPages[name]()))
    .resize(pageWidth, pageHeight, { fit: 'fill' })
    .flatten({ background: '#ffffff' })
    .png({ compressionLevel: 3 })
    .toBuffer()
  return sheetOf(name, picture, dpi)
}
