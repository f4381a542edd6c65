import { CommandError } from '../../../protocol/errors.ts'
import type { DecodedImage, DecodeLimits } from './jpeg-rows.ts'

// A page as PNG is far smaller than its pixels; 600 dpi A4 in colour has 100 MB of them.
const maxBytes = 128 * 1024 * 1024
const bandBytes = 64 * 1024

/**
 * Decodes a PNG after it has arrived: PNG comes rarely (black-and-white, or a device that sends it unasked), and its
 * rows are ready at once then. Throws what `body` throws, and `CommandError` `truncated`, `device-fault`.
 */
export const decodePng = async (
  body: AsyncIterable<Uint8Array>,
  { maxWidth, maxHeight, grey }: DecodeLimits,
): Promise<DecodedImage> => {
  const bytes = await collect(body)
  const { default: sharp } = await import('sharp')
  const image = sharp(bytes, { failOn: 'truncated', limitInputPixels: maxWidth * maxHeight })
  try {
    const { data, info } = await image
      .flatten({ background: '#ffffff' })
      .toColourspace(grey ? 'b-w' : 'srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    if (info.channels !== (grey ? 1 : 3)) throw new Error(`${info.channels} channels`)
    return { width: info.width, height: info.height, channels: grey ? 1 : 3, rows: bandsOf(data) }
  } catch (cause) {
    // The last chunk of a PNG is always IEND: a body without it did not come whole.
    if (!bytes.subarray(-12).includes('IEND')) {
      throw new CommandError('truncated', 'The page came incomplete', { cause })
    }
    throw new CommandError('device-fault', 'The scanner sent a page that cannot be decoded', { cause })
  }
}

const collect = async (body: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of body) {
    length += piece.length
    if (length > maxBytes) throw new CommandError('device-fault', 'The scanner sent a page without an end')
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

async function* bandsOf(data: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  for (let start = 0; start < data.length; start += bandBytes) yield data.subarray(start, start + bandBytes)
}
