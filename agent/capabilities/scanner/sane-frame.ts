import { CommandError } from '../../../protocol/errors.ts'
import type { FrameParameters } from '../../devices/sane/device.ts'
import type { SaneFrame } from '../../devices/sane/session.ts'
import type { PageFormat, ScanJob } from './driver.ts'

const rowBytes = ({ width, channels, bits }: PageFormat): number => Math.ceil((width * channels * bits) / 8)

/** The format of a page that the device began; throws when it is not what the job asked for. */
export const formatOf = (parameters: FrameParameters, job: ScanJob): PageFormat => {
  const { format, depth, pixelsPerLine, lines, bytesPerLine } = parameters
  const colour = job.mode === 'colour'
  const bits = job.mode === 'blackwhite' ? 1 : 8
  if (format !== (colour ? 'rgb' : 'grey') || depth !== bits) {
    throw new CommandError('unsupported', 'The scanner gives another kind of picture than asked')
  }
  const page: PageFormat = {
    width: pixelsPerLine,
    height: lines < 0 ? undefined : lines,
    channels: colour ? 3 : 1,
    bits,
    dpi: job.dpi,
  }
  if (rowBytes(page) > bytesPerLine) {
    throw new CommandError('device-fault', 'The scanner promised lines that do not hold their pixels')
  }
  return page
}

/** The bytes of a frame without the padding that a device may put at the end of each line. */
export async function* unpadded(frame: SaneFrame, format: PageFormat): AsyncGenerator<Uint8Array> {
  const { bytesPerLine } = frame.parameters
  const wanted = rowBytes(format)
  if (wanted === bytesPerLine) {
    yield* frame.bytes
    return
  }
  let column = 0
  for await (const piece of frame.bytes) {
    const packed = new Uint8Array(piece.length)
    let filled = 0
    for (let at = 0; at < piece.length; ) {
      const line = Math.min(bytesPerLine - column, piece.length - at)
      const pixels = Math.max(0, Math.min(wanted - column, line))
      packed.set(piece.subarray(at, at + pixels), filled)
      filled += pixels
      at += line
      column = (column + line) % bytesPerLine
    }
    if (filled > 0) yield packed.subarray(0, filled)
  }
}
