import type { Pixels } from '../../documents/raw-page.ts'

/** One page of a PWG raster file, decoded. */
export interface DecodedPage extends Pixels {
  readonly header: Buffer
}

/** A reader of PWG 5102.4 of its own making, for holding the writer against. */
export const decodePwgRaster = (file: Buffer): DecodedPage[] => {
  if (file.toString('latin1', 0, 4) !== 'RaS2') throw new Error('no PWG raster')
  const pages: DecodedPage[] = []
  let at = 4
  while (at < file.length) {
    const header = file.subarray(at, at + 1796)
    at += 1796
    const [width, height, bitsPerPixel, stride] = [372, 376, 388, 392].map((offset) =>
      header.readUInt32BE(offset),
    )
    if (width === undefined || height === undefined || bitsPerPixel === undefined || stride === undefined) {
      throw new Error('short header')
    }
    const size = bitsPerPixel / 8
    const data = Buffer.alloc(stride * height)
    for (let row = 0; row < height; ) {
      const repeats = file.readUInt8(at++) + 1
      const line = Buffer.alloc(stride)
      for (let filled = 0; filled < stride; ) {
        const code = file.readUInt8(at++)
        const count = code < 128 ? code + 1 : 257 - code
        if (code === 128 || filled + count * size > stride) throw new Error('a run leaves its row')
        if (code < 128) {
          for (let pixel = 0; pixel < count; pixel += 1) file.copy(line, filled + pixel * size, at, at + size)
          at += size
        } else {
          file.copy(line, filled, at, at + count * size)
          at += count * size
        }
        filled += count * size
      }
      for (let repeat = 0; repeat < repeats; repeat += 1, row += 1) line.copy(data, row * stride)
    }
    pages.push({ header, width, height, channels: size === 3 ? 3 : 1, data })
  }
  return pages
}
