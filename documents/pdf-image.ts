import { DocumentError } from './document-error.ts'

/** An image that a PDF can carry as it stands, without being decoded. */
export interface PdfImage {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly bits: 1 | 8
  /** The stream's `/Filter` and `/DecodeParms` entries (ISO 32000-1 7.4). */
  readonly filter: string
  readonly data: readonly Uint8Array[]
}

/** Media types of page images. */
export type ImageMediaType = 'image/jpeg' | 'image/png' | 'image/tiff'

/**
 * Finds in an image file what a PDF can carry as it stands: JPEG of grey or RGB, PNG of 8 bits without alpha and
 * interlace, TIFF with one G4 strip. `undefined` for others, which must be encoded anew first.
 * @throws DocumentError `damaged` when the file is not what its type says
 */
export const toPdfImage = (bytes: Uint8Array, mediaType: ImageMediaType): PdfImage | undefined => {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    if (mediaType === 'image/jpeg') return fromJpeg(file)
    if (mediaType === 'image/png') return fromPng(file)
    return fromTiff(file)
  } catch (cause) {
    if (cause instanceof DocumentError) throw cause
    throw new DocumentError('damaged', `The ${mediaType} is damaged`, { cause })
  }
}

const damaged = (text: string) => new DocumentError('damaged', text)

const fromJpeg = (file: Buffer): PdfImage | undefined => {
  if (file.readUInt16BE(0) !== 0xffd8) throw damaged('The file is no JPEG')
  for (let at = 2; ; ) {
    if (file[at] !== 0xff) throw damaged('The JPEG is damaged')
    const marker = file[at + 1] ?? 0
    if (marker === 0xff) {
      at += 1
      continue
    }
    // ITU-T T.81 B.1.1.3: SOF0 to SOF2 are the frames that PDF readers decode (ISO 32000-1 7.4.8).
    if (marker >= 0xc0 && marker <= 0xc2) {
      const [bits, height, width, channels] = [
        file.readUInt8(at + 4),
        file.readUInt16BE(at + 5),
        file.readUInt16BE(at + 7),
        file.readUInt8(at + 9),
      ]
      if (bits !== 8 || (channels !== 1 && channels !== 3) || width === 0 || height === 0) return undefined
      return { width, height, channels, bits: 8, filter: '/Filter /DCTDecode', data: [file] }
    }
    if (marker === 0xda || marker === 0xd9) throw damaged('The JPEG has no frame')
    at += 2 + file.readUInt16BE(at + 2)
  }
}

const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex')

const fromPng = (file: Buffer): PdfImage | undefined => {
  if (!file.subarray(0, 8).equals(pngSignature)) throw damaged('The file is no PNG')
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)]
  const [bits, colourType, interlace] = [file[24], file[25], file[28]]
  const data: Buffer[] = []
  for (let at = 8; ; ) {
    const length = file.readUInt32BE(at)
    const type = file.toString('latin1', at + 4, at + 8)
    if (type === 'tRNS') return undefined
    if (type === 'IDAT') data.push(file.subarray(at + 8, at + 8 + length))
    if (type === 'IEND') break
    at += 12 + length
  }
  if (bits !== 8 || (colourType !== 0 && colourType !== 2) || interlace !== 0) return undefined
  const channels = colourType === 2 ? 3 : 1
  // The PNG predictors are part of PDF (ISO 32000-1 7.4.4.4), so that the data goes over untouched.
  const filter = `/Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors ${channels} /Columns ${width} >>`
  return { width, height, channels, bits: 8, filter, data }
}

const fromTiff = (file: Buffer): PdfImage | undefined => {
  const little = file.toString('latin1', 0, 2) === 'II'
  if (!little && file.toString('latin1', 0, 2) !== 'MM') throw damaged('The file is no TIFF')
  const short = (at: number) => (little ? file.readUInt16LE(at) : file.readUInt16BE(at))
  const long = (at: number) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at))
  const directory = long(4)
  const tags = new Map<number, { count: number; value: number }>()
  for (let entry = 0; entry < short(directory); entry += 1) {
    const at = directory + 2 + entry * 12
    const value = short(at + 2) === 3 ? short(at + 8) : long(at + 8)
    tags.set(short(at), { count: long(at + 4), value })
  }
  const tag = (number: number, otherwise?: number) => tags.get(number)?.value ?? otherwise
  const [width, height, offset, length] = [tag(256), tag(257), tag(273), tag(279)]
  const oneStrip = tags.get(273)?.count === 1
  if (tag(259) !== 4 || tag(266, 1) !== 1 || !oneStrip) return undefined
  if (width === undefined || height === undefined || offset === undefined || length === undefined) {
    throw damaged('The TIFF lacks its size')
  }
  if (offset + length > file.length) throw damaged('The TIFF is cut short')
  const blackIsOne = tag(262) === 1
  const filter = `/Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns ${width} /Rows ${height} /BlackIs1 ${blackIsOne} >>`
  return { width, height, channels: 1, bits: 1, filter, data: [file.subarray(offset, offset + length)] }
}
