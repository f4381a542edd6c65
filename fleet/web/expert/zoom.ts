/** The whole page, or a share of its size on paper. */
export type Zoom = 'fit' | number

const steps: readonly number[] = [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4]

/** The next step from what is seen now. */
export const zoomBy = (seen: number, by: 1 | -1): Zoom => {
  const next =
    by === 1 ? steps.find((step) => step > seen + 0.01) : steps.findLast((step) => step < seen - 0.01)
  return next ?? (by === 1 ? 4 : 0.25)
}

interface Size {
  readonly width: number
  readonly height: number
}

/** The size in CSS pixels that a page of so many pixels and dots per inch has on paper. */
export const paperSize = ({ width, height, dpi }: Size & { readonly dpi: number }): Size => ({
  width: (width / dpi) * 96,
  height: (height / dpi) * 96,
})

/** The share at which a page, perhaps turned on its side, fills a room. */
export const fitShare = (paper: Size, sideways: boolean, room: Size): number => {
  const { width, height } = sideways ? { width: paper.height, height: paper.width } : paper
  return Math.max(0.02, Math.min(room.width / width, room.height / height))
}
