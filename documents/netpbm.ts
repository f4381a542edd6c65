import { DocumentError } from './document-error.ts'

/** A binary Netpbm picture as its head says it: `P5` is grey, `P6` is RGB. */
export interface NetpbmPicture {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
}

const longestHead = 100
const mostPixels = 256 * 1024 * 1024

/**
 * Reads one 8-bit P5 or P6 picture: first what its head says, then each row, in memory that the next one reuses.
 * @throws DocumentError `damaged` when it is no such picture or ends early, `page-too-large`
 */
export async function* readNetpbm(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly picture: NetpbmPicture } | { readonly row: Uint8Array }> {
  let head = Buffer.alloc(0)
  let picture: NetpbmPicture | undefined
  let row = new Uint8Array(0)
  let filled = 0
  let rows = 0
  for await (let chunk of source) {
    if (picture === undefined) {
      head = Buffer.concat([head, chunk])
      const parsed = parseHead(head)
      if (parsed === undefined) continue
      picture = parsed.picture
      row = new Uint8Array(picture.width * picture.channels)
      chunk = head.subarray(parsed.length)
      yield { picture }
    }
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + row.length - filled)
      row.set(part, filled)
      filled += part.length
      from += part.length
      if (filled < row.length) continue
      filled = 0
      rows += 1
      if (rows <= picture.height) yield { row }
    }
  }
  if (rows !== picture?.height || filled !== 0) {
    throw new DocumentError('damaged', 'A page could not be drawn to its end')
  }
}

const parseHead = (head: Buffer) => {
  const match = /^P([56])\s+(\d{1,6})\s+(\d{1,6})\s+255\s/.exec(head.toString('latin1', 0, longestHead))
  if (match === null) {
    if (head.length >= longestHead) throw new DocumentError('damaged', 'A page could not be drawn')
    return undefined
  }
  const picture: NetpbmPicture = {
    width: Number(match[2]),
    height: Number(match[3]),
    channels: match[1] === '6' ? 3 : 1,
  }
  const pixels = picture.width * picture.height
  if (pixels === 0 || pixels > mostPixels) {
    throw new DocumentError('page-too-large', 'A page is too large to draw')
  }
  return { picture, length: match[0].length }
}
