const headerBytes = 1796
const maxSide = 20_000

/** One page of a PWG raster document as 8-bit samples. */
export interface RasterPage {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly dpi: number
  readonly samples: Buffer
}

/** Whether these bytes begin like PWG raster (PWG 5102.4). */
export const isPwgRaster = (bytes: Buffer): boolean => bytes.toString('latin1', 0, 4) === 'RaS2'

/** Reads one page, counted from 1, of a PWG raster document in grey, RGB or black (PWG 5102.4). */
export const readPwgPage = (bytes: Buffer, page: number): RasterPage => {
  let offset = 4
  for (let count = 1; offset + headerBytes <= bytes.length; count += 1) {
    const header = bytes.subarray(offset, offset + headerBytes)
    const lines = readLines(bytes, offset + headerBytes, header)
    if (count === page) return toSamples(lines.data, header)
    offset = lines.end
  }
  throw new RangeError('The document has no such page')
}

const sizeOf = (header: Buffer) => {
  const height = header.readUInt32BE(376)
  const lineBytes = header.readUInt32BE(392)
  if (height > maxSide || lineBytes > maxSide * 3) throw new RangeError('The page is too large')
  return { height, lineBytes, pixelBytes: Math.max(1, header.readUInt32BE(388) >> 3) }
}

/** PWG 5102.4 4.4: each line with its repetitions, and in it runs and literals of whole pixels. */
const readLines = (bytes: Buffer, start: number, header: Buffer): { data: Buffer; end: number } => {
  const { height, lineBytes, pixelBytes } = sizeOf(header)
  const data = Buffer.alloc(height * lineBytes, 0xff)
  let offset = start
  for (let line = 0; line < height; ) {
    const repeated = bytes.readUInt8(offset) + 1
    offset += 1
    const from = line * lineBytes
    for (let column = 0; column < lineBytes; ) {
      const code = bytes.readUInt8(offset)
      offset += 1
      const pixels = code < 128 ? code + 1 : 257 - code
      if (code < 128) {
        const pixel = bytes.subarray(offset, offset + pixelBytes)
        for (let one = 0; one < pixels; one += 1) pixel.copy(data, from + column + one * pixelBytes)
        offset += pixelBytes
      } else {
        bytes.copy(data, from + column, offset, offset + pixels * pixelBytes)
        offset += pixels * pixelBytes
      }
      column += pixels * pixelBytes
    }
    for (let copy = 1; copy < repeated && line + copy < height; copy += 1) {
      data.copy(data, from + copy * lineBytes, from, from + lineBytes)
    }
    line += repeated
  }
  return { data, end: offset }
}

const toSamples = (data: Buffer, header: Buffer): RasterPage => {
  const width = header.readUInt32BE(372)
  const bits = header.readUInt32BE(388)
  // cupsColorSpace 3 is black: ink where the others count light.
  const inverted = header.readUInt32BE(400) === 3
  const { height, lineBytes } = sizeOf(header)
  const page = { width, height, dpi: header.readUInt32BE(276) }
  if (bits === 8 || bits === 24) {
    if (inverted) for (let index = 0; index < data.length; index += 1) data[index] = 255 - (data[index] ?? 0)
    return { ...page, channels: bits === 8 ? 1 : 3, samples: data }
  }
  if (bits !== 1) throw new RangeError(`${bits} bits a pixel are not supported`)
  const samples = Buffer.alloc(width * height)
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const set = ((data[row * lineBytes + (column >> 3)] ?? 0) >> (7 - (column & 7))) & 1
      samples[row * width + column] = (set === 1) === inverted ? 0 : 255
    }
  }
  return { ...page, channels: 1, samples }
}
