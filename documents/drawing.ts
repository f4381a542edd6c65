/** A4 in millimetres: the unit of these drawings. */
export const a4Millimetres = { width: 210, height: 297 } as const

/** Fonts of Debian that draw the Tatar letters Ә Ө Ү Җ Ң Һ. */
const fonts = {
  plain: 'DejaVu Sans, Noto Sans, sans-serif',
  mono: 'DejaVu Sans Mono, Noto Sans Mono, monospace',
}

/** How a text stands; `size` in millimetres. */
export interface TextStyle {
  readonly size?: number
  readonly bold?: boolean
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly font?: keyof typeof fonts
  /** Words longer than this many millimetres are squeezed into it. */
  readonly width?: number
}

/** The usual size of text. */
const usualSize = 3.4

/** A letter of these fonts is hardly ever wider than this part of its size. */
const letterWidth = { plain: 0.6, mono: 0.61 } as const

/** One line of text with its left end, or the point that its anchor names, on the base line. */
export const text = (x: number, y: number, words: string, style: TextStyle = {}): string => {
  const { size = usualSize, bold = false, anchor = 'start', font = 'plain', width } = style
  const natural = words.length * size * letterWidth[font] * (bold ? 1.12 : 1)
  const fitted = width !== undefined && natural > width ? Math.max(1.6, (size * width) / natural) : size
  return (
    `<text x="${x}" y="${y}" font-family="${fonts[font]}" font-size="${fitted.toFixed(2)}"` +
    ` font-weight="${bold ? 'bold' : 'normal'}" text-anchor="${anchor}">${escapeText(words)}</text>`
  )
}

export const line = (x1: number, y1: number, x2: number, y2: number, width = 0.2): string =>
  `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#000" stroke-width="${width}"/>`

export const frame = (x: number, y: number, width: number, height: number): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none" stroke="#000" stroke-width="0.2"/>`

/** A QR code of these modules, its quiet zone among them, as a square of `side` millimetres. */
export const code = (
  x: number,
  y: number,
  side: number,
  modules: readonly (readonly boolean[])[],
): string => {
  const runs = modules.flatMap((row, at) =>
    darkRuns(row).map(([from, length]) => `M${from} ${at}h${length}v1h-${length}z`),
  )
  return `<path transform="translate(${x} ${y}) scale(${side / modules.length})" d="${runs.join('')}"/>`
}

/** Neighbours are drawn as one, so that no seam shows between them. */
const darkRuns = (row: readonly boolean[]): [from: number, length: number][] => {
  const runs: [number, number][] = []
  row.forEach((dark, at) => {
    const last = runs.at(-1)
    if (!dark) return
    if (last !== undefined && last[0] + last[1] === at) last[1] += 1
    else runs.push([at, 1])
  })
  return runs
}

/** A whole sheet as SVG. */
export const drawing = (content: string, { width, height } = a4Millimetres as Size): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}mm" height="${height}mm" viewBox="0 0 ${width} ${height}">` +
  `<rect width="100%" height="100%" fill="#fff"/>${content}</svg>`

/** A sheet in millimetres. */
export interface Size {
  readonly width: number
  readonly height: number
}

// XML 1.0 2.2 has no way to write the other control characters.
const escapeText = (words: string): string =>
  words
    .replace(/[^\P{Cc}\t]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
