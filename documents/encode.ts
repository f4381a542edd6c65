import sharp, { type Sharp } from 'sharp'
import type { ImageMediaType } from './pdf-image.ts'

/** How a page is written: `g4` is one bit a pixel (ITU-T T.6), in a TIFF of one strip. */
export type PageEncoding = 'jpeg' | 'png' | 'tiff' | 'g4'

/** The media type of each encoding. */
export const mediaTypeOf: Readonly<Record<PageEncoding, ImageMediaType>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  tiff: 'image/tiff',
  g4: 'image/tiff',
}

/** The longest side of a preview, in pixels. */
const previewSide = 800

/** How pages are written. Optimal Huffman tables would save 7 % of the bytes and cost three times the time. */
export const jpegOptions = { quality: 75, optimiseCoding: false } as const

/** Writes a page with its resolution. */
export const encodePage = (page: Sharp, encoding: PageEncoding, dpi: number): Promise<Buffer> => {
  const resolution = dpi / 25.4
  switch (encoding) {
    case 'jpeg':
      return page.withDensity(dpi).jpeg(jpegOptions).toBuffer()
    case 'png':
      return page.withDensity(dpi).png({ compressionLevel: 3 }).toBuffer()
    case 'tiff':
      return page
        .tiff({ compression: 'deflate', predictor: 'horizontal', xres: resolution, yres: resolution })
        .toBuffer()
    case 'g4':
      return page
        .threshold(128)
        .toColourspace('b-w')
        .tiff({
          compression: 'ccittfax4',
          bitdepth: 1,
          // One strip, as a PDF wants it: higher than any page.
          tileHeight: 32_768,
          xres: resolution,
          yres: resolution,
        })
        .toBuffer()
  }
}

/** The small JPEG of a page or an image file that people see first. */
export const encodePreview = (image: Sharp): Promise<Buffer> =>
  image
    .resize({ width: previewSide, height: previewSide, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .jpeg({ quality: 70, optimiseCoding: false })
    .toBuffer()

/** A preview of an image file from outside, turned as its camera says. Rejects when it cannot be decoded. */
export const previewOf = (bytes: Uint8Array): Promise<Buffer> =>
  encodePreview(sharp(bytes, { limitInputPixels: 120_000_000, failOn: 'error' }).autoOrient())
