import { CommandError } from '../../../protocol/errors.ts'

/** Inclusive and counted from 1. */
export type PageRange = readonly [first: number, last: number]

/** Reads `1-3,5` for a document of so many pages. Throws `invalid` for a page that the document lacks. */
export const parsePageRanges = (text: string | undefined, pages: number): PageRange[] => {
  if (text === undefined) return []
  return text.split(',').map((part) => {
    const [, from, to = from] = /^([0-9]{1,4})(?:-([0-9]{1,4}))?$/.exec(part) ?? []
    const [first, last] = [Number(from), Number(to)]
    if (!(first >= 1 && last >= first && last <= pages)) {
      throw new CommandError('invalid', `The document has ${pages} pages, not ${part.slice(0, 20)}`)
    }
    return [first, last] as const
  })
}

/** In ascending order and without overlap, as RFC 8011 5.2.7 has it. */
export const mergePageRanges = (ranges: readonly PageRange[]): PageRange[] => {
  const merged: [number, number][] = []
  for (const [first, last] of [...ranges].sort(([a], [b]) => a - b)) {
    const before = merged.at(-1)
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else merged.push([first, last])
  }
  return merged
}

/** How many pages these ranges hold; all of them when there is none. */
export const countPages = (ranges: readonly PageRange[], pages: number): number =>
  ranges.length === 0
    ? pages
    : mergePageRanges(ranges).reduce((sum, [first, last]) => sum + last - first + 1, 0)
