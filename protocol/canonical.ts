/**
 * The one text of a JSON value that both ends hash and sign: members sorted by their names' UTF-16 code units, no
 * white space (RFC 8785). Members that are `undefined` are left out. Throws `TypeError` for what JSON cannot hold.
 */
export const canonical = (value: unknown): string => {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('Not a number of JSON')
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const members: string[] = []
    for (const name of Object.keys(value).sort()) {
      const member: unknown = Reflect.get(value, name)
      if (member !== undefined) members.push(`${JSON.stringify(name)}:${canonical(member)}`)
    }
    return `{${members.join(',')}}`
  }
  const text = JSON.stringify(value)
  if (text === undefined) throw new TypeError('Not a value of JSON')
  return text
}
