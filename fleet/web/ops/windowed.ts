/** Rows beyond the edges, so that a short scroll meets no gap. */
const spare = 8

export interface RowWindow {
  readonly first: number
  /** One beyond the last. */
  readonly end: number
}

/** The rows that a box of this height shows when it is scrolled down by `top`. */
export const windowOf = (top: number, height: number, rowHeight: number, count: number): RowWindow => {
  const first = Math.max(0, Math.min(count, Math.floor(top / rowHeight) - spare))
  const end = Math.min(count, Math.ceil((top + height) / rowHeight) + spare)
  return { first, end: Math.max(first, end) }
}
