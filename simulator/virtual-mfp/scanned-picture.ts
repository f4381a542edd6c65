import sharp, { type Sharp } from 'sharp'
import type { Sheet } from './sheet.ts'

/** What a scan job asks of the virtual MFP; lengths in 1/300 inch. */
export interface ScanRequest {
  readonly source: 'Platen' | 'Feeder'
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly dpi: number
  readonly colorMode: 'RGB24' | 'Grayscale8' | 'BlackAndWhite1'
  readonly format: 'image/jpeg' | 'image/png'
}

const white = '#ffffff'

/**
 * What the scanner sees of a sheet: the region at the resolution and in the colours of the request, white where no
 * paper lies. A region at the sheet's own resolution gives its very pixels.
 */
export const scannedPicture = async (sheet: Sheet | undefined, request: ScanRequest): Promise<Buffer> => {
  const width = Math.max(1, Math.round((request.width * request.dpi) / 300))
  const height = Math.max(1, Math.round((request.height * request.dpi) / 300))
  const seen = sheet === undefined ? undefined : paperIn(sheet, request, width, height)
  const image = seen ?? sharp({ create: { width, height, channels: 3, background: white } })
  // The threshold must see the picture after its resampling, which is a step of its own in sharp.
  const flat = await image.flatten({ background: white }).toColourspace('srgb').raw().toBuffer()
  return encode(sharp(flat, { raw: { width, height, channels: 3 } }), request)
}

const paperIn = (sheet: Sheet, request: ScanRequest, width: number, height: number): Sharp | undefined => {
  const perUnit = sheet.dpi / 300
  const left = Math.round(request.x * perUnit)
  const top = Math.round(request.y * perUnit)
  const across = Math.min(Math.round(request.width * perUnit), sheet.width - left)
  const down = Math.min(Math.round(request.height * perUnit), sheet.height - top)
  if (across <= 0 || down <= 0) return undefined
  const scale = request.dpi / sheet.dpi
  const paperWidth = nearly(across * scale, width)
  const paperHeight = nearly(down * scale, height)
  return sharp(sheet.picture)
    .extract({ left, top, width: across, height: down })
    .resize(paperWidth, paperHeight, { fit: 'fill' })
    .extend({ right: width - paperWidth, bottom: height - paperHeight, background: white })
}

/** Rounding must not leave a white line at the edge of a full sheet. */
const nearly = (length: number, limit: number): number => {
  const round = Math.max(1, Math.round(length))
  return round > limit - 2 ? limit : round
}

const encode = (image: Sharp, { colorMode, format, dpi }: ScanRequest): Promise<Buffer> => {
  const grey = colorMode === 'RGB24' ? image : image.toColourspace('b-w')
  const inked = colorMode === 'BlackAndWhite1' ? grey.threshold(128) : grey
  const scaled = inked.withMetadata({ density: dpi })
  return format === 'image/png'
    ? scaled.png({ compressionLevel: 3 }).toBuffer()
    : scaled.jpeg({ quality: 88 }).toBuffer()
}
