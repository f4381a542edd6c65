/**
 * The one text of a JSON value that both ends hash and sign: members sorted by their names' UTF-16 code units, no
 * white space (RFC 8785). Members that are `undefined` are left out. Throws `TypeError` for what JSON cannot hold.
 */
export const canonical = (value: unknown): string => {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('Not a number of JSON')
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([one], [other]) => (one < other ? -1 : 1))
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
  }
  const text = JSON.stringify(value)
  if (text === undefined) throw new TypeError('Not a value of JSON')
  return text
}
