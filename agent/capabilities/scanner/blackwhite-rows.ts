/** Samples darker than this are black. */
const threshold = 128

/**
 * Rows of 8-bit grey, in pieces of any size, as whole rows of black-and-white: eight pixels a byte, the first in the
 * highest bit, a set bit is black, the last byte of a row filled with white.
 */
export async function* blackWhiteRows(
  grey: AsyncIterable<Uint8Array>,
  width: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const rowBytes = Math.ceil(width / 8)
  let rest = new Uint8Array(0)
  for await (const piece of grey) {
    const samples = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    const count = Math.floor(samples.length / width)
    if (count > 0) yield pack(samples, width, count, rowBytes)
    rest = samples.slice(count * width)
  }
}

const pack = (samples: Uint8Array, width: number, count: number, rowBytes: number): Uint8Array => {
  const packed = new Uint8Array(count * rowBytes)
  let sample = 0
  for (let row = 0; row < count; row += 1) {
    const start = row * rowBytes
    for (let column = 0; column < width; column += 1, sample += 1) {
      if ((samples[sample] ?? 255) < threshold) {
        const index = start + (column >> 3)
        packed[index] = (packed[index] ?? 0) | (0x80 >> (column & 7))
      }
    }
  }
  return packed
}
