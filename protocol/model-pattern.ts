/*
 * Patterns for the names of models: literal text in which `*` stands for any run of characters, also for none. Case
 * and runs of white space do not count. No regular expression ever comes from data: a match takes time in proportion
 * to pattern and name, whatever both hold.
 */

/** As TypeBox and JSON Schema check it: 3 to 100 printable characters, at most three stars. */
export const modelPattern =
  '^(?=.{3,100}$)(?!.*\\*.*\\*.*\\*.*\\*)(?=.*[^*\\s].*[^*\\s])[^\\u0000-\\u001f\\u007f]+$'

/** The longest name that is looked at; devices say more than that only when they lie. */
const maxNameLength = 200

const plain = (text: string): string => text.slice(0, maxNameLength).trim().replace(/\s+/g, ' ').toLowerCase()

/** Whether a name fits a pattern. */
export const fitsPattern = (name: string, pattern: string): boolean => {
  const text = plain(name)
  const parts = plain(pattern).split('*')
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last))
    return false
  let at = first.length
  const end = text.length - last.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

/** Whether some name fits both patterns. */
export const patternsOverlap = (one: string, other: string): boolean => {
  const a = plain(one)
  const b = plain(other)
  const [begins = '', alsoBegins = ''] = [a, b].map((text) => text.split('*', 1)[0])
  // Most are of different makers: they part before their first star.
  if (!begins.startsWith(alsoBegins) && !alsoBegins.startsWith(begins)) return false
  // reach[j]: some text fits both what was read of `a` and the first j characters of `b`.
  let reach = [true, ...Array.from(b, () => false)]
  for (let j = 0; j < b.length && b[j] === '*'; j += 1) reach[j + 1] = true
  for (const character of a) {
    const next: boolean[] = []
    for (let j = 0; j <= b.length; j += 1) {
      const before = j > 0 && b[j - 1]
      next[j] =
        character === '*'
          ? (reach[j] ?? false) || (j > 0 && ((next[j - 1] ?? false) || (reach[j - 1] ?? false)))
          : before === '*'
            ? (reach[j] ?? false) || (next[j - 1] ?? false)
            : before === character && (reach[j - 1] ?? false)
    }
    reach = next
  }
  return reach[b.length] ?? false
}
