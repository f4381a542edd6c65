import type { Pixels } from './raw-page.ts'

/** Pixels of a grey picture that are darker than what lies around them: letters, lines, stamps. */
export interface Ink {
  readonly width: number
  readonly height: number
  /** Column and row of each, `count` of them. */
  readonly x: Uint16Array
  readonly y: Uint16Array
  readonly count: number
}

/** Half the side of the square that a pixel is compared with. */
const reach = 10

/** Finds the ink of a grey picture: `contrast` levels darker than the mean around it, outside a border. */
export const findInk = (picture: Pixels, contrast: number, border = 0): Ink => {
  const { width, height, data } = picture
  const sums = integral(picture)
  const x = new Uint16Array(width * height)
  const y = new Uint16Array(width * height)
  let count = 0
  for (let row = border; row < height - border; row += 1) {
    const top = Math.max(0, row - reach) * (width + 1)
    const bottom = Math.min(height, row + reach + 1) * (width + 1)
    const tall = (bottom - top) / (width + 1)
    for (let column = border; column < width - border; column += 1) {
      const left = Math.max(0, column - reach)
      const right = Math.min(width, column + reach + 1)
      const sum =
        (sums[bottom + right] ?? 0) -
        (sums[bottom + left] ?? 0) -
        (sums[top + right] ?? 0) +
        (sums[top + left] ?? 0)
      const area = tall * (right - left)
      if (((data[row * width + column] ?? 0) + contrast) * area < sum) {
        x[count] = column
        y[count] = row
        count += 1
      }
    }
  }
  return { width, height, x, y, count }
}

/** Sums of everything above and to the left, one row and column larger than the picture. */
const integral = ({ width, height, data }: Pixels): Uint32Array => {
  const sums = new Uint32Array((width + 1) * (height + 1))
  for (let row = 0; row < height; row += 1) {
    const above = row * (width + 1) + 1
    const here = above + width + 1
    let line = 0
    for (let column = 0; column < width; column += 1) {
      line += data[row * width + column] ?? 0
      sums[here + column] = (sums[above + column] ?? 0) + line
    }
  }
  return sums
}

/** Whether a page holds nothing: less ink than a few letters, its edges and faint traces of the back left out. */
export const isBlank = (picture: Pixels): boolean => {
  const border = Math.round(Math.min(picture.width, picture.height) * 0.03)
  return findInk(picture, 40, border).count < Math.max(12, picture.width * picture.height * 0.00006)
}
