import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { isPwgRaster, readPwgPage } from './pwg-raster.ts'

/** A sheet of paper that can lie on the glass or in the feeder. */
export interface Sheet {
  readonly name: string
  /** PNG or JPEG. */
  readonly picture: Buffer
  /** In pixels. */
  readonly width: number
  readonly height: number
  readonly dpi: number
}

const a4Inches = { width: 210 / 25.4, height: 297 / 25.4 }
const printDpi = 300
const maxRasterBytes = 256 * 1024 * 1024

/** A picture as a sheet; it fills an A4 sheet as far as its shape allows unless its resolution is told. */
export const sheetOf = async (name: string, picture: Buffer, dpi?: number): Promise<Sheet> => {
  const { width, height } = await sharp(picture).metadata()
  const fitting = Math.max(width / a4Inches.width, height / a4Inches.height)
  const round = Math.round(fitting)
  return { name, picture, width, height, dpi: dpi ?? (Math.abs(fitting - round) < 0.2 ? round : fitting) }
}

/** A page, counted from 1, of a printed document (PDF or PWG raster), or a picture, as a sheet. */
export const sheetFromFile = async (name: string, file: string, page = 1): Promise<Sheet> => {
  const bytes = await readFile(file)
  if (bytes.toString('latin1', 0, 4) === '%PDF') return sheetFromPdf(name, file, page)
  if (!isPwgRaster(bytes)) return sheetOf(name, bytes)
  const { samples, width, height, channels, dpi } = readPwgPage(bytes, page)
  const picture = await sharp(samples, { raw: { width, height, channels } })
    .png({ compressionLevel: 1 })
    .toBuffer()
  return { name, picture, width, height, dpi }
}

const sheetFromPdf = async (name: string, file: string, page: number): Promise<Sheet> => {
  const { stdout } = await promisify(execFile)(
    'pdftoppm',
    ['-r', `${printDpi}`, '-f', `${page}`, '-l', `${page}`, '-png', file],
    { encoding: 'buffer', maxBuffer: maxRasterBytes, timeout: 30_000 },
  )
  if (stdout.length === 0) throw new RangeError('The document has no such page')
  return sheetOf(name, stdout, printDpi)
}
