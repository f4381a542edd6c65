import { DocumentError } from './document-error.ts'

/** Markers of ITU-T T.81, table B.1. */
const marker = { rst0: 0xd0, eoi: 0xd9, sof0: 0xc0, sos: 0xda, dri: 0xdd, app0: 0xe0 } as const

/** Where the parts of a baseline JPEG stand. */
interface Layout {
  readonly frame: number
  /** The header of its only scan. */
  readonly scan: number
  /** The first entropy-coded byte. */
  readonly data: number
}

const layoutOf = (jpeg: Buffer): Layout => {
  let frame = 0
  // Behind the marker of each segment stands its length, which counts itself.
  for (let at = 2; at + 4 <= jpeg.length && jpeg[at] === 0xff; at += 2 + jpeg.readUInt16BE(at + 2)) {
    if (jpeg[at + 1] === marker.sof0) frame = at
    if (jpeg[at + 1] !== marker.sos) continue
    if (frame === 0 || jpeg.readUInt16BE(jpeg.length - 2) !== (0xff00 | marker.eoi)) break
    return { frame, scan: at, data: at + 2 + jpeg.readUInt16BE(at + 2) }
  }
  throw new DocumentError('damaged', 'The encoder wrote another kind of JPEG')
}

/** MCUs in a strip; those of a picture of one component are single blocks (T.81 A.2.2). */
const mcusIn = (jpeg: Buffer, frame: number): number => {
  const height = jpeg.readUInt16BE(frame + 5)
  const width = jpeg.readUInt16BE(frame + 7)
  const sampling = jpeg[frame + 9] === 1 ? 0x11 : (jpeg[frame + 11] ?? 0x11)
  return Math.ceil(width / (8 * (sampling >> 4))) * Math.ceil(height / (8 * (sampling & 15)))
}

/** The segment by which JFIF 1.02 tells the density, in dots per inch. */
const jfif = (dpi: number): Buffer => {
  const segment = Buffer.from([
    0xff,
    marker.app0,
    0,
    16,
    0x4a,
    0x46,
    0x49,
    0x46,
    0,
    1,
    2,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
  ])
  segment.writeUInt16BE(dpi, 12)
  segment.writeUInt16BE(dpi, 14)
  return segment
}

/** What of a page its first strip has to tell. */
export interface WholePage {
  readonly height: number
  readonly dpi: number
}

/** All that stands before the first coded byte of a page: the first strip's headers, as of a page of this height. */
const headOf = (first: Buffer, { frame, scan, data }: Layout, { height, dpi }: WholePage): Buffer => {
  const tables = Buffer.from(first.subarray(2, scan))
  tables.writeUInt16BE(height, frame + 3)
  const interval = Buffer.from([0xff, marker.dri, 0, 4, 0, 0])
  interval.writeUInt16BE(mcusIn(first, frame), 4)
  return Buffer.concat([first.subarray(0, 2), jfif(dpi), tables, interval, first.subarray(scan, data)])
}

/**
 * What a strip becomes in one JPEG of strips that lie below each other, each written on its own with the same tables;
 * `index` counts them from 0, and `endOfImage` follows the last. Each is a restart interval (T.81 E.1.4), so that its
 * coded bytes are taken as they are. All but the last are of one height, which is whole MCUs and no more of them than
 * 16 bits count.
 */
export const stripOf = (page: WholePage, strip: Buffer, index: number): Buffer => {
  const layout = layoutOf(strip)
  const before =
    index === 0 ? headOf(strip, layout, page) : Buffer.from([0xff, marker.rst0 | ((index - 1) & 7)])
  return Buffer.concat([before, strip.subarray(layout.data, -2)])
}

export const endOfImage: Uint8Array = Buffer.from([0xff, marker.eoi])
