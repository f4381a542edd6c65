/**
 * What a spreadsheet would run as a formula: what begins with one of these, also in their full-width forms, after any
 * white space.
 */
const formula = /^\s*[=+\-@\t\r＝＋－＠]/u

const cell = (text: string): string => {
  const harmless = formula.test(text) ? `'${text}` : text
  // A line of the file stays one row, whatever a terminal says.
  return `"${harmless.replace(/[\r\n\0]+/g, ' ').replaceAll('"', '""')}"`
}

/**
 * A table as CSV (RFC 4180) that spreadsheets in Russia open by a double click: semicolons and a byte order mark. No
 * cell can become a formula.
 */
export const csvOf = (rows: readonly (readonly string[])[]): string =>
  `\uFEFF${rows.map((row) => row.map(cell).join(';')).join('\r\n')}\r\n`
