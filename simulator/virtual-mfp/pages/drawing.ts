/** An A4 sheet of 300 dpi, in pixels: the unit of these drawings. */
export const pageWidth = 2480
export const pageHeight = 3508

const font = 'DejaVu Serif, Noto Serif, serif'

/** How a text stands. */
export interface TextStyle {
  readonly size?: number
  readonly bold?: boolean
  readonly italic?: boolean
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly colour?: string
}

/** One line of text with its left end (or the point its anchor names) on the base line. */
export const text = (x: number, y: number, words: string, style: TextStyle = {}): string =>
  `<text x="${x}" y="${y}" font-family="${font}" font-size="${style.size ?? 46}"` +
  ` font-weight="${style.bold === true ? 'bold' : 'normal'}"` +
  ` font-style="${style.italic === true ? 'italic' : 'normal'}"` +
  ` text-anchor="${style.anchor ?? 'start'}" fill="${style.colour ?? '#1a1a1a'}">${escapeText(words)}</text>`

/** Lines below each other. */
export const paragraph = (x: number, y: number, lines: readonly string[], style: TextStyle = {}): string =>
  lines.map((line, index) => text(x, y + index * (style.size ?? 46) * 1.6, line, style)).join('\n')

export const line = (x1: number, y1: number, x2: number, y2: number, width = 3): string =>
  `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#222" stroke-width="${width}"/>`

/** A table with its left top corner; the first row is its head. */
export const table = (
  x: number,
  y: number,
  widths: readonly number[],
  rowHeight: number,
  rows: readonly (readonly string[])[],
): string => {
  const edges = [x]
  for (const width of widths) edges.push((edges.at(-1) ?? x) + width)
  const right = edges.at(-1) ?? x
  const bottom = y + rows.length * rowHeight
  return [
    ...edges.map((edge) => line(edge, y, edge, bottom)),
    ...Array.from({ length: rows.length + 1 }, (_, row) =>
      line(x, y + row * rowHeight, right, y + row * rowHeight),
    ),
    ...rows.flatMap((cells, row) =>
      cells.map((cell, column) =>
        text((edges[column] ?? x) + 20, y + row * rowHeight + rowHeight * 0.65, cell, {
          size: 40,
          bold: row === 0,
        }),
      ),
    ),
  ].join('\n')
}

/** A round stamp. */
export const stamp = (
  x: number,
  y: number,
  radius: number,
  around: string,
  within: readonly string[],
): string =>
  `<g opacity="0.75" fill="none" stroke="#2b3f9e">
<circle cx="${x}" cy="${y}" r="${radius}" stroke-width="9"/>
<circle cx="${x}" cy="${y}" r="${radius * 0.68}" stroke-width="5"/>
${ring(x, y, radius * 0.77, around)}
${within
  .map((word, index) =>
    text(x, y + (index - (within.length - 1) / 2) * radius * 0.26 + radius * 0.07, word, {
      size: radius * 0.19,
      anchor: 'middle',
      colour: '#2b3f9e',
    }).replace('<text ', '<text stroke="none" '),
  )
  .join('\n')}
</g>`

// Letter by letter: the renderer knows no text on a path.
const ring = (x: number, y: number, radius: number, words: string): string =>
  [...words]
    .map((letter, index, all) => {
      const angle = (index / all.length) * 360
      const upright = text(x, y - radius, letter, { size: radius * 0.2, anchor: 'middle', colour: '#2b3f9e' })
      return upright.replace('<text ', `<text stroke="none" transform="rotate(${angle} ${x} ${y})" `)
    })
    .join('')

/** A signature: a stroke of a pen. */
export const signature = (x: number, y: number): string =>
  `<path d="M${x} ${y} c40 -90 70 -90 60 -10 s40 40 80 -40 s40 90 90 10 s80 -60 60 20 s90 0 140 -30"
 fill="none" stroke="#20308a" stroke-width="7" stroke-linecap="round"/>`

/** A whole sheet, lying askew by so many degrees. */
export const sheet = (content: string, skew = 0): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${pageWidth}" height="${pageHeight}" viewBox="0 0 ${pageWidth} ${pageHeight}">
<rect width="100%" height="100%" fill="#ffffff"/>
<g transform="rotate(${skew} ${pageWidth / 2} ${pageHeight / 2})">
<rect width="${pageWidth}" height="${pageHeight}" fill="#fdfcf8"/>
${content}
</g></svg>`

const escapeText = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
