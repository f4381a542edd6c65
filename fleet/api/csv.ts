/** What a table sheet would take for a formula (OWASP, CSV injection). */
const formula = /^[=+\-@\t\r]/

const cellOf = (value: unknown): string => {
  const text = String(value ?? '')
  const harmless = typeof value === 'string' && formula.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** The media type of a table with a line of names (RFC 4180). */
export const csvType = 'text/csv; charset=utf-8; header=present'

const lineOf = (cells: readonly unknown[]): string => `${cells.map(cellOf).join(',')}\r\n`

/** The line of names with which a table begins (RFC 4180). */
export const csvNames = (columns: readonly string[]): string => lineOf(columns)

/**
 * Rows of a table (RFC 4180), the columns in this order. Words that a table sheet would run as a formula get an
 * apostrophe before them.
 */
export const csvRows = <T extends object>(
  columns: readonly (keyof T & string)[],
  rows: readonly T[],
): string => rows.map((row) => lineOf(columns.map((column) => row[column]))).join('')
