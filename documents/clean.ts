import { findInk } from './ink.ts'
import type { Pixels } from './raw-page.ts'

/** A rectangle in parts of the picture's width and height, so that it fits the page and its small picture. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** The brightness that becomes black and the one that becomes white. */
export interface Levels {
  readonly black: number
  readonly white: number
}

export const wholePage: Box = { left: 0, top: 0, right: 1, bottom: 1 }

/** Five millimetres are left around what the page holds. */
const marginInches = 5 / 25.4

/** Contents narrower than this part of the page are a card, a receipt or a photograph, not a letter. */
const narrow = 0.72

/**
 * What of a straightened page is worth keeping: without the dark lid around the paper, and of a small thing on a
 * large glass that thing alone. A letter keeps its margins, so that its print is as large as it was.
 */
export const findPaper = (grey: Pixels, dpi: number): Box => {
  const paper = brightBox(grey)
  const ink = findInk(grey, 25, Math.round(grey.width * 0.02))
  const inside = { left: grey.width, top: grey.height, right: 0, bottom: 0 }
  const columns = new Uint32Array(grey.width)
  const rows = new Uint32Array(grey.height)
  for (let index = 0; index < ink.count; index += 1) {
    const [x, y] = [ink.x[index] ?? 0, ink.y[index] ?? 0]
    if (x < paper.left || x >= paper.right || y < paper.top || y >= paper.bottom) continue
    columns[x] = (columns[x] ?? 0) + 1
    rows[y] = (rows[y] ?? 0) + 1
  }
  // A speck of dust is a pixel or two.
  const few = 2
  inside.left = columns.findIndex((count) => count > few)
  inside.right = columns.findLastIndex((count) => count > few) + 1
  inside.top = rows.findIndex((count) => count > few)
  inside.bottom = rows.findLastIndex((count) => count > few) + 1
  const isNarrow = inside.right > 0 && inside.right - inside.left < narrow * (paper.right - paper.left)
  const isWholeSheet = paper.left === 0 && paper.right === grey.width
  const margin = Math.round(marginInches * dpi)
  const kept = isNarrow && isWholeSheet ? grow(inside, margin, paper) : paper
  return {
    left: kept.left / grey.width,
    top: kept.top / grey.height,
    right: kept.right / grey.width,
    bottom: kept.bottom / grey.height,
  }
}

const grow = (box: Box, margin: number, limits: Box): Box => ({
  left: Math.max(limits.left, box.left - margin),
  top: Math.max(limits.top, box.top - margin),
  right: Math.min(limits.right, box.right + margin),
  bottom: Math.min(limits.bottom, box.bottom + margin),
})

/** The rows and columns that are mostly brighter than halfway between the darkest and the brightest line. */
const brightBox = ({ width, height, data }: Pixels): Box => {
  const columns = new Float64Array(width)
  const rows = new Float64Array(height)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const value = data[y * width + x] ?? 0
      columns[x] = (columns[x] ?? 0) + value / height
      rows[y] = (rows[y] ?? 0) + value / width
    }
  }
  const [left, right] = brightSpan(columns)
  const [top, bottom] = brightSpan(rows)
  return { left, top, right, bottom }
}

const brightSpan = (means: Float64Array): [number, number] => {
  const [darkest, brightest] = [Math.min(...means), Math.max(...means)]
  const isDark = (mean: number) => mean < 90 && mean < (darkest + brightest) / 2
  const first = means.findIndex((mean) => !isDark(mean))
  const end = means.findLastIndex((mean) => !isDark(mean)) + 1
  // Less than a quarter left is a dark picture, not a dark lid.
  return end - first < means.length / 4 ? [0, means.length] : [first, end]
}

/** Levels that make paper white and ink black; none where the page has little contrast of its own. */
export const findLevels = (grey: Pixels): Levels | undefined => {
  const histogram = new Uint32Array(256)
  for (const value of grey.data) histogram[value] = (histogram[value] ?? 0) + 1
  const at = (share: number) => {
    let left = grey.data.length * share
    return histogram.findIndex((count) => {
      left -= count
      return left <= 0
    })
  }
  // Half the pixels of a document and more are paper; what is darker than nearly all of them is ink.
  const [black, white] = [at(0.002), at(0.6)]
  return white - black < 60 || white < 128 ? undefined : { black: black * 0.8, white: white * 0.98 }
}
